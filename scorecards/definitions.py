"""What counts as a deployment and a failure, as the organisation has it."""

from scorecards.metrics.records import Definitions


def current() -> Definitions:
    """The definitions in force: the standard's own."""
    return Definitions()
