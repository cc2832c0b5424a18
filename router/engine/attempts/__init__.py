"""One attempt at one target: called, read, checked, asked again; and how it ended."""
