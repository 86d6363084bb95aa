"""The migrations themselves, written by tools/migration.py."""
