"""The providers' wires: requests out, replies and streams in, failures as `router.failures.outcomes.Signal`."""
