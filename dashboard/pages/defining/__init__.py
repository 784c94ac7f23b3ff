"""Pages on which people see what counts, say it otherwise, and see first what that would change."""
