"""The log on a page: filters, one request, downloads."""
