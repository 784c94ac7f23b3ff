"""Error budgets in words and as rows, for every page that shows them."""
