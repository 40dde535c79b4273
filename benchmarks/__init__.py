"""Benchmarks: ratios against a named peer or a physical limit, measured in one run."""
