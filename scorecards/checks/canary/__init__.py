"""(pure) Canary releases are analysed by thresholds, take small steps, and are tested under load."""
