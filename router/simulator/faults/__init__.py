"""The faults that can be set on a simulated model."""
