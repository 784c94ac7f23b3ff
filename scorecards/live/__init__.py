"""Controls that connected data decides: deployments, incidents, rollbacks, gamedays, error budgets."""
