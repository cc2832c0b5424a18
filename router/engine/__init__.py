"""A request's way through its targets: planned, attempted, fallen back from, written down."""
