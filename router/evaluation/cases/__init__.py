"""What is asked, and what is right: the cases shipped, an operator's own, and the rules for an answer."""
