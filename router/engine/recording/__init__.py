"""What a request has seen, written down, and handed to everybody who wants to know of it."""
