"""What the order of the queue goes by: who was served when, and each tenant's quota."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Two more columns of jobs and of tenants; the queue's index is by tenant."""
    op.add_column("jobs", sa.Column("budget_seconds", sa.Double))
    op.add_column("jobs", sa.Column("served", sa.Integer))
    op.add_column("tenants", sa.Column("running_jobs", sa.Integer))
    op.add_column("tenants", sa.Column("compute_seconds", sa.Double))
    op.drop_index("ix_jobs_state", "jobs")
    op.create_index("ix_jobs_state", "jobs", ["state", "tenant", sa.text("priority DESC"), "sequence"])
    op.create_index("ix_jobs_served", "jobs", ["tenant", "served"])
    op.create_index("ix_jobs_claimed", "jobs", ["tenant", "claimed"])
