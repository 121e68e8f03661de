"""What was last done to each name's alias, which versions are gone, and whose turn it is to prove.

Names from before have no projection: their alias is taken for ours while it names what was ever promoted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One more table, two more columns."""
    op.create_table(
        "projections",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("stands", sa.Integer),
        sa.Column("wanted", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
    op.add_column("decisions", sa.Column("gone", sa.Double))
    op.add_column("names", sa.Column("prover", sa.Text))
