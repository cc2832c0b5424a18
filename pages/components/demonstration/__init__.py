"""The demonstration: its stage and its acts."""
