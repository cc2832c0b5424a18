"""A request as a program that makes it again: curl, Python with the router, Python with `openai`, TypeScript.

A request is read in the form that the log keeps it in. Nothing is left out of a program but pictures: they are too
large for a text to be pasted, and the program reads them from files beside it (`picture-1.png`, and so on). Each value
goes into its program as a literal of the language, so that no prompt can become a command.
"""
