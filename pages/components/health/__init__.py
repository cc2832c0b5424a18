"""What serves and what does not: tasks, cooldowns, quota, simulated failures."""
