"""The routing table as an operator sees and edits it."""
