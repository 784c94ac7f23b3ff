"""(pure) Chance from a seed: the same names give the same draws."""

import math
from datetime import timedelta
from random import Random


def generator(seed: int, *names: str) -> Random:
    """A generator of its own for each name, so that adding a service leaves the others as they are."""
    return Random("/".join((str(seed), *names)))  # noqa: S311 - a story, not a secret


def happens(rng: Random, share: float) -> bool:
    return rng.random() < share


def count(rng: Random, mean: float) -> int:
    """How many of something rare happen, by Poisson's law."""
    limit, product, found = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        found += 1
    return found


def span(rng: Random, median_hours: float, spread: float = 0.8) -> timedelta:
    """A duration of whole seconds whose logarithm is normal: many short ones, a few very long ones."""
    return timedelta(seconds=max(20, round(rng.lognormvariate(math.log(median_hours * 3600), spread))))


def share_of(rng: Random, whole: timedelta, low: float = 0.0, high: float = 1.0) -> timedelta:
    """A part of a duration, between two shares of it, in whole seconds."""
    return timedelta(seconds=int(whole.total_seconds() * rng.uniform(low, high)))
