"""Who may open the console: sign-in, the gate before everything, and what each reply forbids a browser."""
