"""Work beside its caller: one event loop in one thread, and jobs of many requests in it."""
