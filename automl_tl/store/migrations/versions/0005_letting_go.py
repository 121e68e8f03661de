"""What was let go: versions with why, checkpoints of ended jobs, samples to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two more columns, one more table."""
    op.add_column("decisions", sa.Column("gone_why", sa.Text))
    op.add_column("jobs", sa.Column("swept", sa.Double))
    op.create_table(
        "forgotten",
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "dataset", "sha256"),
        sqlite_with_rowid=False,
    )
