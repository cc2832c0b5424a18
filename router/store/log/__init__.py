"""The log: requests and attempts as they are written, and the figures, pages and searches made of them."""
