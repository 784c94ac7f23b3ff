"""Service level objectives, error budgets, their policy, and whether a service may deploy."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

logger = logging.getLogger(__name__)


def keep(now: datetime) -> None:
    """Bring all that is judged here up to date: what the file declares, how objectives stand, rollback triggers; and
    forget old answers of the gate.

    Trouble with one part is logged and stops no other.
    """
    from scorecards.reliability import found, gating, standing, watching

    parts: list[Callable[[datetime], object]] = [_declare, lambda _: found.link(), standing.compute, watching.keep]
    parts.append(gating.forget)
    for part in parts:
        _do(part, now)


def problems() -> list[str]:
    """What is wrong in the objectives, policies, triggers of the file of ``PROMETHEUS_CONFIG``, each with its place."""
    from scorecards.reliability import declared, policies, rollback_policy

    return [*declared.problems(), *policies.problems(), *rollback_policy.problems()]


def _declare(now: datetime) -> None:
    from scorecards.reliability import declared

    for problem in declared.declare(now):
        _warn(problem)


def _do(part: Callable[[datetime], object], now: datetime) -> None:
    from django.db import DatabaseError

    try:
        part(now)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A part of what is judged of objectives could not be worked out")


@lru_cache(maxsize=100)
def _warn(problem: str) -> None:
    """Once a process, for it is found anew each minute."""
    logger.warning("%s", problem)
