"""(pure) Which branches of a template are written with the values of a release."""

from scorecards.reading.kubernetes.templates.release import Body
from scorecards.reading.kubernetes.templates.template import Chain
from scorecards.reading.kubernetes.templates.told import is_truthy

MAX_CHAINS = 3_000
Lines = tuple[tuple[int, int], ...]  # ranges of lines, both ends included


def is_off(body: Body, line: int) -> bool:
    """Whether a condition around an object does not hold with these values."""
    return any(chain.is_whole and _taken(body, chain) == -1 for chain in body.template.around(line))


def left_out(body: Body) -> Lines:
    """The lines that are not written with these values: branches not taken, and definitions.

    Whole objects stay where the values turn them off alone: they are judged as they would be.
    """
    template, define = body.template, body.define
    if define is None:
        found = [(one.first - 1, one.last + 1) for one in template.defines]
        chains: list[Chain] = list(template.chains)
    else:
        found = []
        chains = [chain for chain in template.chains if define.first <= chain.line <= define.last]
    for chain in chains[:MAX_CHAINS]:
        found += _branches_left_out(body, chain)
    return tuple(sorted(found))


def _branches_left_out(body: Body, chain: Chain) -> list[tuple[int, int]]:
    if not chain.branches or chain.line == chain.end_line:
        return []
    taken = _taken(body, chain)
    if taken is None or (taken < 0 and chain.is_whole and len(chain.branches) == 1):
        return []
    return [(one.first, one.last) for number, one in enumerate(chain.branches) if number != taken]


def _taken(body: Body, chain: Chain) -> int | None:
    """The number of the branch that is written; -1 for none; ``None`` where that is not told."""
    for number, branch in enumerate(chain.branches):
        if not branch.condition:
            return number
        truth = is_truthy(body.condition(branch.condition, chain.line))
        if truth is None:
            return None
        if truth:
            return number
    return -1
