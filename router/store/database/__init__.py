"""The SQLite file: its writer, readers, migrations and tables."""
