"""The console's screens, one a file; what they share is in `pages.components`."""
