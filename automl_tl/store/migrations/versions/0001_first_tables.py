"""The first tables: people, data, queue, study, proof, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
_RISING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them, those first that others refer to."""
    _people()
    _data()
    _queue()
    _study()
    _proof()


def _people() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created", sa.Double, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("revoked", sa.Double),
    )
    op.create_table(
        "names",
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("held", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )


def _data() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", _RISING, primary_key=True),
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("tenant", "name"),
    )
    op.create_table(
        "manifests",
        sa.Column("dataset", _RISING, sa.ForeignKey("datasets.id"), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("classes", sa.Text, nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("dataset", "fingerprint"),
    )
    op.create_table(
        "splits",
        sa.Column("dataset", _RISING, sa.ForeignKey("datasets.id"), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("group", sa.Text),
        sa.PrimaryKeyConstraint("dataset", "sha256"),
        sqlite_with_rowid=False,
    )


def _queue() -> None:
    op.create_table(
        "jobs",
        sa.Column("sequence", _RISING, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("phase", sa.Text),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("lease_until", sa.Double),
        sa.Column("claimed", sa.Double),
        sa.Column("beat", sa.Double),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("finished", sa.Double),
        sa.Column("spent_seconds", sa.Double, nullable=False),
        sa.Column("manifest", sa.Text),
        sa.Column("data_report", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.UniqueConstraint("tenant", "key"),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", sa.text("priority DESC"), "sequence"])
    op.create_index("ix_jobs_tenant", "jobs", ["tenant", "sequence"])
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("next", sa.Double),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id")),
        sa.Column("created", sa.Double, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", _RISING, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("job", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_job", "events", ["job", "id"])


def _study() -> None:
    op.create_table(
        "measurements",
        sa.Column("id", _RISING, primary_key=True),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.UniqueConstraint("job", "kind", "key"),
    )
    op.create_table(
        "trials",
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("configuration", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until_epoch", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("proposed", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("ended", sa.Double),
        sa.PrimaryKeyConstraint("job", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports",
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("trial", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("loss", sa.Double),
        sa.Column("checkpoint", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("multiply_adds", sa.BigInteger, nullable=False),
        sa.Column("train_value", sa.Double),
        sa.Column("steps", sa.BigInteger, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("job", "trial", "epoch"),
        sa.ForeignKeyConstraint(["job", "trial"], ["trials.job", "trials.number"]),
        sqlite_with_rowid=False,
    )


def _proof() -> None:
    op.create_table(
        "openings",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "number"),
        sa.UniqueConstraint("tenant", "name", "job"),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
    op.create_table(
        "decisions",
        sa.Column("sequence", _RISING, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id"), nullable=False, unique=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("against", sa.Text, sa.ForeignKey("decisions.id")),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("artifact", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("lineage", sa.Text, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("time", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
    op.create_index("ix_decisions_name", "decisions", ["tenant", "name", "sequence"])
    op.create_table(
        "promotions",
        sa.Column("id", _RISING, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, sa.ForeignKey("decisions.id")),
        sa.Column("version", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    )
    op.create_index("ix_promotions_name", "promotions", ["tenant", "name", "id"])
