"""Our answers held against those of independent tools, on public repositories."""
