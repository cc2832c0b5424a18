"""The simulated providers as a server: routes, control, connections."""
