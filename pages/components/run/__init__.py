"""A run with its question and answer: live or from the log, its turns, what can be done with it."""
