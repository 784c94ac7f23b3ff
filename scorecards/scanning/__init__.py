"""Scanning: a repository against standards, in a child process that may be killed."""
