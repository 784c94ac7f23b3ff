"""(pure) What git tells of a repository's past, as checks ask for it."""

from datetime import datetime
from typing import NamedTuple, Protocol


class Tag(NamedTuple):
    """A tag and its commit. ``at``: the tag's own time where it is annotated, else the commit's."""

    name: str
    sha: str
    at: datetime
    annotated: bool


class CommitSeen(NamedTuple):
    """A commit of the default branch."""

    sha: str
    at: datetime
    subject: str
    body: str
    bot: bool
    merge: bool


class History(Protocol):
    """What git tells of the past."""

    @property
    def known(self) -> bool:
        """Whether there is any git data at all."""

    @property
    def shallow(self) -> bool:
        """Whether the clone was cut, so that a past may be missing."""

    @property
    def tags(self) -> tuple[Tag, ...]: ...

    @property
    def commits(self) -> tuple[CommitSeen, ...]:
        """Commits of the scanned branch of the last year, newest first."""

    @property
    def first_commit_at(self) -> datetime | None:
        """When the first visible commit was made."""

    def last_changed(self, path: str) -> datetime | None:
        """When a file was last changed; ``None`` where that can't be told."""

    def unchanged_since_first(self, path: str) -> bool:
        """Whether the last visible change is the first visible commit, so that the true age is unknown."""


class NoHistory:
    """No git data."""

    known = False
    shallow = False
    tags: tuple[Tag, ...] = ()
    commits: tuple[CommitSeen, ...] = ()
    first_commit_at: datetime | None = None

    def last_changed(self, path: str) -> datetime | None:
        return None

    def unchanged_since_first(self, path: str) -> bool:
        return False
