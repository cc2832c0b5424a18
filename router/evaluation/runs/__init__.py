"""The asking itself, within the free quota: of whom, in which order, and by which judge where no rule can tell."""
