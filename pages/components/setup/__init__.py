"""Keys, further providers, alerts and the cache."""
