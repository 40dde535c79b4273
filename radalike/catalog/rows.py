"""Between catalog rows and records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from radalike.records import ImageRecord, Metadata, Term


def row_of(record: ImageRecord, added_at: datetime) -> dict[str, Any]:
    meta = record.metadata
    return {
        "id": record.id,
        "content": record.content,
        "dataset": meta.dataset,
        "modality": meta.modality.value,
        "modality_source": meta.modality.source,
        "modality_confidence": meta.modality.confidence,
        "anatomy": meta.anatomy.value,
        "anatomy_source": meta.anatomy.source,
        "anatomy_confidence": meta.anatomy.confidence,
        "organ": meta.organ,
        "split": meta.split,
        "labels": list(meta.labels),
        "view": meta.view,
        "laterality": meta.laterality,
        "sex": meta.sex,
        "age": meta.age,
        "year": meta.year,
        "manufacturer": meta.manufacturer,
        "slice_thickness": meta.slice_thickness,
        "contrast": meta.contrast,
        "image_type": meta.image_type,
        "patient": meta.patient,
        "study": meta.study,
        "series": meta.series,
        "frame": record.frame,
        "width": record.width,
        "height": record.height,
        "filepath": record.filepath,
        "locator": record.locator,
        "evidence": record.evidence,
        "thumbnail": record.thumbnail,
        "duplicate_of": record.duplicate_of,
        "warnings": list(record.warnings),
        "added_at": added_at,
    }


def metadata_of(row: Row[Any]) -> Metadata:
    return Metadata(
        dataset=row.dataset,
        modality=Term(row.modality, row.modality_source, row.modality_confidence),
        anatomy=Term(row.anatomy, row.anatomy_source, row.anatomy_confidence),
        organ=row.organ,
        split=row.split,
        labels=tuple(row.labels),
        view=row.view,
        laterality=row.laterality,
        sex=row.sex,
        age=row.age,
        year=row.year,
        manufacturer=row.manufacturer,
        slice_thickness=row.slice_thickness,
        contrast=row.contrast,
        image_type=row.image_type,
        patient=row.patient,
        study=row.study,
        series=row.series,
    )


def record_of(row: Row[Any]) -> ImageRecord:
    return ImageRecord(
        id=row.id,
        content=row.content,
        metadata=metadata_of(row),
        width=row.width,
        height=row.height,
        frame=row.frame,
        filepath=row.filepath,
        locator=row.locator,
        evidence=row.evidence,
        thumbnail=row.thumbnail,
        duplicate_of=row.duplicate_of,
        warnings=tuple(row.warnings),
    )
