"""Checks of releases: who gives the version, what gates them, how they are signed."""
