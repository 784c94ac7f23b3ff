"""A real Prometheus for a test, filled with samples that are known."""

from tests.prometheus.server import Server, prometheus, require_program, series

__all__ = ["Server", "prometheus", "require_program", "series"]
