"""SQLite: one file of this machine, its journals, its locks and its full-text indexes."""
