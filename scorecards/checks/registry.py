"""(pure) The checks by their ids. A check is a small function: what was scanned -> findings, one for each unit."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from scorecards import checks
from scorecards.checks.finding import Finding
from scorecards.checks.subject import Subject

Check = Callable[[Subject], Iterator[Finding]]
_CHECKS: dict[str, Check] = {}

# Raised with any change of a check that can change a verdict: an unchanged commit is scanned again.
VERSION = "1"


def check(name: str) -> Callable[[Check], Check]:
    """Registers a check. A name that is taken raises ``ValueError`` at import."""

    def register(function: Check) -> Check:
        if name in _CHECKS:
            raise ValueError(f"Two checks are called {name}.")
        _CHECKS[name] = function
        return function

    return register


@cache
def all_checks() -> dict[str, Check]:
    """Every check of the product, by name."""
    for module in pkgutil.walk_packages(checks.__path__, checks.__name__ + "."):
        importlib.import_module(module.name)
    return dict(sorted(_CHECKS.items()))
