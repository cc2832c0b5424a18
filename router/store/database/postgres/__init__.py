"""PostgreSQL: a server that several machines share. Imported only where a URL names one."""
