"""What each evaluation's seconds went into."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """One more column."""
    op.add_column("reports", sa.Column("outlay", sa.Text))
