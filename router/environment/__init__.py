"""The process's environment and `.env`: what stands in a setting, read as it was meant."""
