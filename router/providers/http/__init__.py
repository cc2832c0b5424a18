"""Requests on their way: connections and proxies, one exchange, and the HTTP stack's exceptions in our own words."""
