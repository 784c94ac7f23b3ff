"""The worked example of metrics.md, as pages have it."""

from tests.dashboard.pages.conftest import example  # noqa: F401
