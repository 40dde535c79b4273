"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "encoders",
        sa.Column("fingerprint", sa.String(16), primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
    )
    op.create_table(
        "images",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("dataset", sa.String, nullable=False),
        sa.Column("modality", sa.String, nullable=False),
        sa.Column("modality_source", sa.String, nullable=False),
        sa.Column("modality_confidence", sa.Float, nullable=False),
        sa.Column("anatomy", sa.String, nullable=False),
        sa.Column("anatomy_source", sa.String, nullable=False),
        sa.Column("anatomy_confidence", sa.Float, nullable=False),
        sa.Column("organ", sa.String),
        sa.Column("split", sa.String),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("view", sa.String),
        sa.Column("laterality", sa.String),
        sa.Column("sex", sa.String),
        sa.Column("age", sa.Integer),
        sa.Column("year", sa.Integer),
        sa.Column("patient", sa.String),
        sa.Column("study", sa.String),
        sa.Column("series", sa.String),
        sa.Column("frame", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("filepath", sa.String),
        sa.Column("locator", sa.LargeBinary),
        sa.Column("thumbnail", sa.Boolean, nullable=False),
        sa.Column("duplicate_of", sa.String(36)),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("images_content", "images", ["content"])
    op.create_index("images_patient", "images", ["patient"])
    op.create_table(
        "parts",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column(
            "fingerprint", sa.String(16), sa.ForeignKey("encoders.fingerprint"), nullable=False
        ),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("precision", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "embeddings",
        sa.Column("part", _NUMBER, sa.ForeignKey("parts.number"), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("image", _NUMBER, sa.ForeignKey("images.number"), nullable=False),
    )
    op.create_index("embeddings_image", "embeddings", ["image"])
    op.create_table(
        "items",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
    )
    op.create_table(
        "rejects",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("filepath", sa.String),
        sa.Column("locator", sa.LargeBinary),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "projections",
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("part", sa.String, primary_key=True),
    )


def downgrade() -> None:
    for table in ("projections", "rejects", "items", "embeddings", "parts", "images", "encoders"):
        op.drop_table(table)
