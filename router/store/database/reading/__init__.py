"""Reading: connections for the router's quick looks, and for what pages and reports ask."""
