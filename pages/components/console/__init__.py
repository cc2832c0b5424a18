"""What every page stands on: the one router, looks and words, problems, files."""
