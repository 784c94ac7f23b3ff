"""Pages of adoption: who uses which capability of the platform, by evidence alone."""
