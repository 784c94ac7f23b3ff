"""A fault that the child makes of itself, so that tests can see what becomes of one: asked for by a variable alone."""

import os

from scorecards.scanning.run import FAULT


def make(told: str) -> None:
    """Crash or hang where PLUMBLINE_TEST_FAULT is ``crash NAME`` or ``hang NAME`` of the file or check just told."""
    kind, _, name = os.environ.get(FAULT, "").partition(" ")
    if not name or name != told:
        return
    if kind == "crash":
        os.abort()
    while kind == "hang":
        pass
