"""Under which names a server of ours answers, and to whose pages."""
