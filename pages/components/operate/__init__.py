"""An operator's views: cooldowns, quota, keys, the routing table."""
