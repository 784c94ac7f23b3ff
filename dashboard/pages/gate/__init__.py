"""The deployment gate: what it answered, what stops it, who may say so, and how a pipeline asks."""
