"""What becomes of a scan: findings by service, verdicts with their causes, compliance by day."""
