"""Prometheus on the site: servers, signals and objectives, how they are doing, and how to set them up."""
