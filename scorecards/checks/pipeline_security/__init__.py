"""Checks of what pipelines may do, which secrets they reach and who can make them run code."""
