"""What the console's own pages keep: entries of the coach, votes, speed runs."""
