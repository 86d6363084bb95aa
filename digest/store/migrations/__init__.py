"""Alembic migrations: one file a revision in versions/, called as its revision, in order."""
