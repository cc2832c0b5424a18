"""What failures mean: outcomes, how long they last, what is remembered of them, what is left of each quota."""
