"""SQLAlchemy Core tables, Alembic migrations and queries; SQLite by default, PostgreSQL at scale."""
