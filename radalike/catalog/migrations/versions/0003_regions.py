"""Vectors of parts of an image: which region of it a row of a part is of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("embeddings", sa.Column("region", sa.String))


def downgrade() -> None:
    op.drop_column("embeddings", "region")
