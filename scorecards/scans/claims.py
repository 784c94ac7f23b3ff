"""(pure) Which services of a repository a finding speaks of.

Definition: the catalogue of controls, condition ``service``: what no other service claims belongs to the only or first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ingest.repository.tree import glob_pattern


class Claim(NamedTuple):
    """A service's part of its repository; without globs it is the whole."""

    service_id: int
    globs: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        return bool(path and self.globs and glob_pattern(tuple(map(_below, self.globs))).match(path))


def _below(glob: str) -> str:
    """A folder's name stands for all below it."""
    return glob + "**" if glob.endswith("/") else glob


def claimed_by(path: str, claims: Sequence[Claim]) -> list[int]:
    """The services that a finding at ``path`` speaks of: those that claim the path; else those without a part of their
    own; else the first. ``path`` is empty for a finding about the repository as a whole: all its services share it."""
    if not path:
        return [claim.service_id for claim in claims]
    claiming = [claim.service_id for claim in claims if claim.covers(path)]
    if claiming:
        return claiming
    whole = [claim.service_id for claim in claims if not claim.globs]
    return whole or [claim.service_id for claim in claims[:1]]
