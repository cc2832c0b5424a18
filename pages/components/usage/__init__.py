"""Figures on a page: plots, tables, the speed table, the report."""
