"""Who did what, append-only; webhooks, and what is still to be told them.

Keys have had their table from the first migration on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_SENTENCE = "the audit log is append-only"
_SQLITE = "CREATE TRIGGER audit_{verb} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
_FUNCTION = (
    "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_SENTENCE}'; END $$"
)
_POSTGRESQL = (
    "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()"
)


def upgrade() -> None:
    """Three more tables, and what keeps the first of them as it is."""
    rising = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit",
        sa.Column("id", rising, primary_key=True),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("about", rising),
    )
    op.create_index("ix_audit_tenant", "audit", ["tenant", "id"])
    op.create_index("ix_audit_about", "audit", ["about"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb, sentence=_SENTENCE))
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRESQL)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("occasions", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("seen", rising, nullable=False),
        sa.Column("removed", sa.Double),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", rising, primary_key=True),
        sa.Column("webhook", sa.Text, sa.ForeignKey("webhooks.id"), nullable=False),
        sa.Column("event", rising, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.Double),
        sa.Column("delivered", sa.Double),
        sa.Column("failure", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("webhook", "event"),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["due"])
