"""The catalog's tables (SQLAlchemy Core). `migrations/` makes them; a test holds the two equal."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

HEAD_REVISION = "0005"
"""The newest migration; a catalog at another one is migrated, or is too new."""

metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A point in time, in UTC for whoever writes and reads it: SQLite keeps no time zone, and
    compares what it is given without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


# SQLite counts rows in INTEGER only; elsewhere 64 bits are asked for by name.
_Number = BigInteger().with_variant(Integer, "sqlite")

encoders = Table(
    "encoders",
    metadata,
    Column("fingerprint", String(16), primary_key=True),
    Column("id", String, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("spec", JSON, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("content", String(64), nullable=False),
    Column("dataset", String, nullable=False),
    Column("modality", String, nullable=False),
    Column("modality_source", String, nullable=False),
    Column("modality_confidence", Float, nullable=False),
    Column("anatomy", String, nullable=False),
    Column("anatomy_source", String, nullable=False),
    Column("anatomy_confidence", Float, nullable=False),
    Column("organ", String),
    Column("split", String),
    Column("labels", JSON, nullable=False),
    Column("view", String),
    Column("laterality", String),
    Column("sex", String),
    Column("age", Integer),
    Column("year", Integer),
    Column("patient", String),
    Column("study", String),
    Column("series", String),
    Column("frame", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("filepath", String),
    Column("locator", LargeBinary),
    Column("thumbnail", Boolean, nullable=False),
    Column("duplicate_of", String(36)),
    Column("warnings", JSON, nullable=False),
    Column("added_at", UtcTime(), nullable=False),
    Column("manufacturer", String),
    Column("slice_thickness", Float),
    Column("contrast", String),
    Column("image_type", String),
    Column("evidence", LargeBinary),
    Index("images_content", "content"),
    Index("images_patient", "patient"),
    Index("images_series", "series"),
    Index("images_study", "study"),
)

parts = Table(
    "parts",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False, unique=True),
    Column("fingerprint", String(16), ForeignKey("encoders.fingerprint"), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("precision", String, nullable=False),
    Column("created_at", UtcTime(), nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("part", _Number, ForeignKey("parts.number"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("image", _Number, ForeignKey("images.number"), nullable=False),
    Column("region", String),
    Index("embeddings_image", "image"),
)

items = Table(
    "items",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("images", Integer, nullable=False),
    Column("patient", String),
    Index("items_patient", "patient"),
)

rejects = Table(
    "rejects",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("code", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("source", String, nullable=False),
    Column("filepath", String),
    Column("locator", LargeBinary),
    Column("rejected_at", UtcTime(), nullable=False),
    Column("patient", String),
)

identities = Table(
    "identities",
    metadata,
    Column("image", String(36), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

projections = Table(
    "projections",
    metadata,
    Column("target", String, primary_key=True),
    Column("part", String, primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("command", String, nullable=False),
    Column("encoder", String, nullable=False),
    Column("fingerprint", String(16), nullable=False),
    Column("asked", JSON, nullable=False),
    Column("found", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("finished_at", UtcTime(), nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("name", String, primary_key=True),
    Column("roles", JSON, nullable=False),
    Column("password", String),
    Column("created_at", UtcTime(), nullable=False),
    Column("disabled", Boolean, nullable=False),
)

# Triggers, which the migration makes, refuse to change or remove a row of `audit`.
audit = Table(
    "audit",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("at", UtcTime(), nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String(32)),
    Column("detail", LargeBinary),
    Column("previous", String(32), nullable=False),
    Index("audit_subject", "subject"),
)

audit_end = Table(
    "audit_end",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

judgements = Table(
    "judgements",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("query", String(36), ForeignKey("images.id")),
    Column("query_key", String(32)),
    Column("image", String(36), ForeignKey("images.id"), nullable=False),
    Column("relevant", Boolean, nullable=False),
    Column("who", String, nullable=False),
    Column("at", UtcTime(), nullable=False),
    Column("encoder", String, nullable=False),
    UniqueConstraint("query", "image", "who"),
    UniqueConstraint("query_key", "image", "who"),
    Index("judgements_image", "image"),
)
