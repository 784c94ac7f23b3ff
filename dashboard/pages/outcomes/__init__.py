"""Outcomes: the delivery figures of services that meet a control or use a capability, beside those that don't."""
