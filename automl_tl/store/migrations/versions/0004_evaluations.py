"""Openings of the sealed test by a person's evaluation, which has no job: they count with those of proofs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """One more table."""
    op.create_table(
        "evaluations",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("reading", sa.Integer, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "number"),
        sa.UniqueConstraint("tenant", "name", "digest", "fingerprint"),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
