"""A prompt and its answer: controls, runs, conversations, traces."""
