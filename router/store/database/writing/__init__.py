"""Writing: one thread takes what all bring, and commits it in groups."""
