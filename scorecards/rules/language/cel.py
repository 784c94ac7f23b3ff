"""(pure) Clauses in CEL, an optional extra: an expression over the facts at hand, which must be a truth."""

from collections.abc import Sequence

from scorecards.rules.facts import Collection
from scorecards.rules.language.model import Condition


def clause(text: str, scope: Sequence[Collection]) -> Condition:
    """The condition that an expression is. Raises: ValueError with what is wrong."""
    raise ValueError("not yet")
