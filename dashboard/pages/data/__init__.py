"""Data health: is everything arriving, what was refused and why, what belongs to nobody, how much figures rest on."""
