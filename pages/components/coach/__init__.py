"""The coach's services on a page."""
