"""The tables of people, data, queue and events; the migrations make them, these describe them to queries.

Times are seconds since the epoch by the database's clock; values with a shape of their own are JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0012"  # the newest migration: a store that has it is opened without Alembic
SCHEMA = "automl_tl"  # on PostgreSQL; a SQLite file needs none
NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

metadata = MetaData(naming_convention=NAMING)
rising = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only what is called INTEGER

tenants = Table(
    "tenants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("running_jobs", Integer),  # its quota; NULL: as the settings say
    Column("compute_seconds", Double),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("created", Double, nullable=False),
    Column("expires", Double),
    Column("revoked", Double),
)

names = Table(
    "names",
    metadata,
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("held", Text),
    Column("created", Double, nullable=False),
    Column("prover", Text),  # the job whose turn it is to prove
    PrimaryKeyConstraint("tenant", "name"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", rising, primary_key=True),
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("created", Double, nullable=False),
    UniqueConstraint("tenant", "name"),
)

manifests = Table(
    "manifests",
    metadata,
    Column("dataset", rising, ForeignKey("datasets.id"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("classes", Text, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("created", Double, nullable=False),
    PrimaryKeyConstraint("dataset", "fingerprint"),
)

splits = Table(
    "splits",
    metadata,
    Column("dataset", rising, ForeignKey("datasets.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("split", Text, nullable=False),
    Column("group", Text),
    PrimaryKeyConstraint("dataset", "sha256"),
    sqlite_with_rowid=False,
)

# What a later check leaves out; the dataset "" stands for all of them.
forgotten = Table(
    "forgotten",
    metadata,
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("time", Double, nullable=False),
    PrimaryKeyConstraint("tenant", "dataset", "sha256"),
    sqlite_with_rowid=False,
)

jobs = Table(
    "jobs",
    metadata,
    Column("sequence", rising, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text),
    Column("request", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("phase", Text),
    Column("wish", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("holder", Text),
    Column("lease_until", Double),
    Column("claimed", Double),
    Column("beat", Double),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("spent_seconds", Double, nullable=False),
    Column("manifest", Text),
    Column("data_report", Text),
    Column("failure", Text),
    Column("outcome", Text),
    Column("swept", Double),
    Column("budget_seconds", Double),  # the request's, for whoever foretells when the queue moves
    Column("served", Integer),  # the number of the claim that took it from the queue last
    UniqueConstraint("tenant", "key"),
    ForeignKeyConstraint(["tenant", "name"], ["names.tenant", "names.name"]),
    Index("ix_jobs_tenant", "tenant", "sequence"),
    Index("ix_jobs_served", "tenant", "served"),
    Index("ix_jobs_claimed", "tenant", "claimed"),
    Index("ix_jobs_turn", "state", "tenant", "sequence"),
)
# A tenant's order in the queue, so that a claim reads one row a tenant however many wait.
Index("ix_jobs_state", jobs.c.state, jobs.c.tenant, jobs.c.priority.desc(), jobs.c.sequence)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, ForeignKey("tenants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("occurrence", Double),  # the next one, as its rule names it
    Column("due", Double),  # when it is to be seen to; an index, so that a look costs nothing
    Column("last_success", Double),
    Column("created", Double, nullable=False),
    UniqueConstraint("tenant", "name"),
    Index("ix_schedules_due", "due"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", rising, primary_key=True),
    Column("schedule", Text, ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
    Column("occurrence", Double, nullable=False),
    Column("time", Double, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("ending", Text),
    Column("why", Text),
    Column("job", Text, ForeignKey("jobs.id")),
    Column("listing", Text),
    UniqueConstraint("schedule", "occurrence"),
    Index("ix_occurrences_job", "job"),
)

events = Table(
    "events",
    metadata,
    Column("id", rising, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("time", Double, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("job", Text),
    Column("data", Text, nullable=False),
    Index("ix_events_job", "job", "id"),
    sqlite_autoincrement=True,  # an id is never given twice, even after old events were deleted
)

# What a reader of the events has counted up to the event ``last``, as JSON of its own.
tallies = Table(
    "tallies",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("time", Double, nullable=False),
)
