"""The gateway under the console's address, and its keys."""
