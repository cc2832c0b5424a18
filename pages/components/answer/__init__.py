"""An answer on a page: its text, its figures, the trace of its attempts."""
