"""Service level objectives, error budgets, their policy, and whether a service may deploy."""
