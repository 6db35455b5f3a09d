"""Alembic's environment, run by ``entrepot.storage.migrate`` with an open connection; never by the alembic command."""

from __future__ import annotations

from alembic import context

from entrepot.storage.migrate import render_type

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    version_table=attributes["version_table"],
    render_as_batch=True,
    render_item=render_type,
    include_name=attributes["include_name"],
)
with context.begin_transaction():
    context.run_migrations()
