"""`/v1/chat/completions`: its bodies read, its answers written."""
