"""What was unusual in how a trial was trained."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """One more column."""
    op.add_column("reports", sa.Column("notes", sa.Text))
