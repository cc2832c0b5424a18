"""The longer commands of `python -m router`, one a file."""
