"""The database: its writer, readers, migrations and tables, and the two dialects, `sqlite` and `postgres`."""
