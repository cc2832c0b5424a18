"""HTTP as the gateway speaks it: connections, exchanges, streamed replies, foreign pages."""
