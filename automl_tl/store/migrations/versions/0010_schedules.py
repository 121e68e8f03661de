"""Schedules that run, and their history; the table of the first migration was never written to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
_RISING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two tables for one that was empty."""
    op.drop_table("schedules")
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("occurrence", sa.Double),
        sa.Column("due", sa.Double),
        sa.Column("last_success", sa.Double),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("tenant", "name"),
    )
    op.create_index("ix_schedules_due", "schedules", ["due"])
    op.create_table(
        "occurrences",
        sa.Column("id", _RISING, primary_key=True),
        sa.Column("schedule", sa.Text, sa.ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
        sa.Column("occurrence", sa.Double, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("ending", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id")),
        sa.Column("listing", sa.Text),
        sa.UniqueConstraint("schedule", "occurrence"),
    )
    op.create_index("ix_occurrences_job", "occurrences", ["job"])
