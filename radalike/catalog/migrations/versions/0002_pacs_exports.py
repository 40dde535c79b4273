"""What PACS exports bring: more metadata, sealed evidence and identities, patients of items."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("manufacturer", sa.String))
    op.add_column("images", sa.Column("slice_thickness", sa.Float))
    op.add_column("images", sa.Column("contrast", sa.String))
    op.add_column("images", sa.Column("image_type", sa.String))
    op.add_column("images", sa.Column("evidence", sa.LargeBinary))
    op.create_index("images_series", "images", ["series"])
    op.add_column("items", sa.Column("patient", sa.String))
    op.create_index("items_patient", "items", ["patient"])
    op.add_column("rejects", sa.Column("patient", sa.String))
    op.create_table(
        "identities",
        sa.Column("image", sa.String(36), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("identities")
    op.drop_column("rejects", "patient")
    op.drop_index("items_patient", "items")
    op.drop_column("items", "patient")
    op.drop_index("images_series", "images")
    for column in ("evidence", "image_type", "contrast", "slice_thickness", "manufacturer"):
        op.drop_column("images", column)
