"""A stream taken in: what each event brought, when the answer is whole, whether it comes fast enough."""
