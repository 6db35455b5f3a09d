"""Alembic's folder: the environment that the core and every plugin share, and the core's revisions."""
