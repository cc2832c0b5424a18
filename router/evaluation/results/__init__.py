"""What a run comes to: figures, what follows from them, and the edit that is proposed."""
