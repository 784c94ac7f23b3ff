"""Adoption: who uses which capability of the platform, by evidence alone, for every day.

Definition: metrics.md, "Adoption"; docs/definitions.md, "Adoption".
"""
