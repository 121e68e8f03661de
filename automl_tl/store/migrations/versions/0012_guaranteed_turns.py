"""A tenant's oldest queued job is found along an index, however many have ended."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """One more index of jobs."""
    op.create_index("ix_jobs_turn", "jobs", ["state", "tenant", "sequence"])
