"""Which models the simulated providers list, and what their free tiers allow."""
