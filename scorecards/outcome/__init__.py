"""Outcomes: what goes along with meeting a control or using a capability; never what comes from it.

Definition: docs/definitions.md, "Outcomes".
"""
