"""Synthetic phantoms: images that are recognisably of a region and a modality, and of nobody."""

from ingest.phantoms.sample import SampleReport, write_sample

__all__ = ["SampleReport", "write_sample"]
