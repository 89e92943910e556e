"""How Alembic runs a migration: inside the transaction that ``anklet.store.opening`` began."""

from alembic import context

from anklet.store.schema import VERSION_TABLE, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
