"""How each simulated provider words its replies, and what it checks of a request."""
