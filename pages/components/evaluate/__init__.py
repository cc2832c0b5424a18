"""Evaluations on pages: what is asked of whom, what it came to, what follows, and an operator's own cases."""
