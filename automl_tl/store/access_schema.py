"""The tables of who did what, and of whom the daemon tells of it."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from automl_tl.store.schema import metadata, rising

# The database refuses to change or delete a row of it.
audit = Table(
    "audit",
    metadata,
    Column("id", rising, primary_key=True),
    Column("time", Double, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("address", Text),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("status", Integer),
    Column("about", rising),  # the earlier row whose refusal or failure this one tells
    Index("ix_audit_tenant", "tenant", "id"),
    Index("ix_audit_about", "about"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("occasions", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", rising, nullable=False),  # the last event that was looked at for it
    Column("removed", Double),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", rising, primary_key=True),
    Column("webhook", Text, ForeignKey("webhooks.id"), nullable=False),
    Column("event", rising, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Double),  # empty: delivered, or given up
    Column("delivered", Double),
    Column("failure", Text),
    Column("created", Double, nullable=False),
    UniqueConstraint("webhook", "event"),
    Index("ix_deliveries_due", "due"),
)
