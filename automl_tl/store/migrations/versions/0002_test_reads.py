"""How often each sample of a sealed test was read, so that repeated proofs can be paid for.

Of openings before this one nobody knows the samples: their ``reading`` stays empty, and each counts against
every later test of its name.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One more table, one more column."""
    op.create_table(
        "test_reads",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("opening", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "sha256"),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
        sqlite_with_rowid=False,
    )
    op.add_column("openings", sa.Column("reading", sa.Integer))
