"""Service level objectives, error budgets and what their policy asks; gamedays."""
