"""The tables of a job's study and of its proof."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from automl_tl.store.schema import metadata, rising

measurements = Table(
    "measurements",
    metadata,
    Column("id", rising, primary_key=True),
    Column("job", Text, ForeignKey("jobs.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("time", Double, nullable=False),
    UniqueConstraint("job", "kind", "key"),
)

trials = Table(
    "trials",
    metadata,
    Column("job", Text, ForeignKey("jobs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("configuration", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("until_epoch", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failure", Text),
    Column("proposed", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    PrimaryKeyConstraint("job", "number"),
    sqlite_with_rowid=False,
)

# SQLite keeps a NaN as NULL, so the figures that may be one are nullable: NULL is read as NaN.
reports = Table(
    "reports",
    metadata,
    Column("job", Text, nullable=False),
    Column("trial", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("value", Double),
    Column("loss", Double),
    Column("checkpoint", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("multiply_adds", BigInteger, nullable=False),
    Column("train_value", Double),
    Column("steps", BigInteger, nullable=False),
    Column("time", Double, nullable=False),
    Column("notes", Text),  # empty: from before they were told
    Column("outlay", Text),  # empty: from before it was kept
    PrimaryKeyConstraint("job", "trial", "epoch"),
    ForeignKeyConstraint(["job", "trial"], ["trials.job", "trials.number"]),
    sqlite_with_rowid=False,
)

openings = Table(
    "openings",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("job", Text, ForeignKey("jobs.id"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("time", Double, nullable=False),
    Column("reading", Integer),  # empty: from before samples were counted
    PrimaryKeyConstraint("tenant", "name", "number"),
    UniqueConstraint("tenant", "name", "job"),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
)

test_reads = Table(
    "test_reads",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("opening", Integer, nullable=False),  # the latest that read it
    PrimaryKeyConstraint("tenant", "name", "sha256"),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    sqlite_with_rowid=False,
)

# A person's evaluations that read sealed samples; their numbers go on from those of the openings.
evaluations = Table(
    "evaluations",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("reading", Integer, nullable=False),
    Column("time", Double, nullable=False),
    PrimaryKeyConstraint("tenant", "name", "number"),
    UniqueConstraint("tenant", "name", "digest", "fingerprint"),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
)

decisions = Table(
    "decisions",
    metadata,
    Column("sequence", rising, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("job", Text, ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("against", Text, ForeignKey("decisions.id")),
    Column("proof", Text, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("lineage", Text, nullable=False),
    Column("version", Integer),
    Column("time", Double, nullable=False),
    Column("gone", Double),
    Column("gone_why", Text),  # empty: somebody deleted it in the registry
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    Index("ix_decisions_name", "tenant", "name", "sequence"),
)

promotions = Table(
    "promotions",
    metadata,
    Column("id", rising, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("decision", Text, ForeignKey("decisions.id")),
    Column("version", Integer),
    Column("reason", Text, nullable=False),
    Column("time", Double, nullable=False),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    Index("ix_promotions_name", "tenant", "name", "id"),
)

projections = Table(
    "projections",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("stands", Integer),
    Column("wanted", Integer),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "name"),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
)
