"""Service level objectives, error budgets, their policy, and whether a service may deploy."""

from datetime import datetime


def keep(now: datetime) -> None:
    """Bring all that is judged here up to date: what the file declares, how objectives stand, rollback triggers."""
    from scorecards.reliability import declared, found, standing

    declared.declare(now)
    found.link()
    standing.compute(now)
