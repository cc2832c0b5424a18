"""Which targets a request may use, in which order, and why not the others."""
