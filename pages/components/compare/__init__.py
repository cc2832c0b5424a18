"""Two lanes side by side."""
