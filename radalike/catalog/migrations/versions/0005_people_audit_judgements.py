"""People and their roles, the audit that nobody can change, judgements, an index of studies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# REPLACE removes a row without firing SQLite's triggers of DELETE: hence the one of INSERT.
_SQLITE = (
    """CREATE TRIGGER audit_keeps_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_keeps_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_keeps_replace BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_end_keeps_delete BEFORE DELETE ON audit_end
    BEGIN SELECT RAISE(ABORT, 'the end of the audit stays'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$""",
    """CREATE TRIGGER audit_keeps_rows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_keeps()""",
    """CREATE TRIGGER audit_keeps_table BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()""",
    """CREATE TRIGGER audit_end_keeps_row BEFORE DELETE ON audit_end
    FOR EACH ROW EXECUTE FUNCTION audit_keeps()""",
    """CREATE TRIGGER audit_end_keeps_table BEFORE TRUNCATE ON audit_end
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()""",
)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String(32)),
        sa.Column("detail", sa.LargeBinary),
        sa.Column("previous", sa.String(32), nullable=False),
    )
    op.create_index("audit_subject", "audit", ["subject"])
    op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    op.create_table(
        "judgements",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("query", sa.String(36), sa.ForeignKey("images.id")),
        sa.Column("query_key", sa.String(32)),
        sa.Column("image", sa.String(36), sa.ForeignKey("images.id"), nullable=False),
        sa.Column("relevant", sa.Boolean, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("encoder", sa.String, nullable=False),
        sa.UniqueConstraint("query", "image", "who"),
        sa.UniqueConstraint("query_key", "image", "who"),
    )
    op.create_index("judgements_image", "judgements", ["image"])
    op.create_index("images_study", "images", ["study"])


def downgrade() -> None:
    op.drop_index("images_study", "images")
    op.drop_table("judgements")
    op.drop_table("audit_end")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_keeps")
    op.drop_table("people")
