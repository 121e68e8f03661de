"""Runs the migrations over the connection, and in the transaction, that it is given."""

from alembic import context

from automl_tl.store.study_schema import trials

context.configure(connection=context.config.attributes["connection"], target_metadata=trials.metadata)
with context.begin_transaction():
    context.run_migrations()
