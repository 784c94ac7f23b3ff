"""Checks of pipelines: what they cover, in which order, what they pin, build, test and tell."""
