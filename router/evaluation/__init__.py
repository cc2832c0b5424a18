"""Evaluation: which model answers one's own cases best, measured within the free quota, and what follows from it."""
