"""Payloads with one thing wrong, for parsers that must survive them all."""

import copy
from typing import Any

from hypothesis import strategies as st

JUNK = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "\0", "9" * 400, "2026-13-40T99:99:99Z",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "https://[::1", "\ud800", [], [None], [{}], {}, {"a": 1},
)  # fmt: skip
Path = tuple[str | int, ...]


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    """The place of every member and element."""
    members: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    found = [(*path, name) for name, _ in members]
    return found + [place for name, inner in members for place in paths_of(inner, (*path, name))]


def without(payload: Any, path: Path) -> Any:
    """A copy that lacks what is at ``path``."""
    changed, holder = _copied(payload, path)
    del holder[path[-1]]
    return changed


def replaced(payload: Any, path: Path, value: Any) -> Any:
    """A copy that holds ``value`` at ``path``."""
    changed, holder = _copied(payload, path)
    holder[path[-1]] = value
    return changed


def _copied(payload: Any, path: Path) -> tuple[Any, Any]:
    changed = copy.deepcopy(payload)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    return changed, holder


@st.composite
def broken(draw: st.DrawFn, payload: Any) -> Any:
    """The payload with one member or element removed, or replaced by junk of some type."""
    path = draw(st.sampled_from(paths_of(payload)))
    if draw(st.booleans()):
        return without(payload, path)
    return replaced(payload, path, draw(st.sampled_from(JUNK)))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
