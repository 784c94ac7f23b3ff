"""(pure) One delivery of GitHub, opened: what every event's reader needs."""

from datetime import datetime
from typing import NamedTuple

from ingest.parsers.fields import Fields
from ingest.parsers.github.options import GitHubOptions
from ingest.parsers.messages import is_bot
from ingest.parsers.observation import Ignored, Observation, Outcome, RepositoryRef, RepositorySeen

__all__ = ["ZEROS", "Delivered", "Ignored", "Said", "is_bot_user", "login_of"]

ZEROS = "0" * 40


Said = Outcome


class Delivered(NamedTuple):
    """A delivery. ``options`` are the repository's own; ``number`` is GitHub's id of it, which a rename keeps."""

    body: Fields
    action: str
    repository: RepositoryRef
    number: int
    options: GitHubOptions
    received_at: datetime
    key: str

    @property
    def default_branch(self) -> str | None:
        return self.body.child("repository").maybe_text("default_branch")

    def id_of(self, *parts: str | int) -> str:
        """The external id of a fact of this repository: unique over all repositories and kinds of things."""
        return "/".join(["github", str(self.number), *map(str, parts)])[:300]

    def repository_seen(self, at: datetime, head: str | None = None) -> list[Observation]:
        """What a delivery tells of its repository by the way. ``head``: where it moved the default branch to."""
        branch = self.default_branch
        said = {"default_branch": branch} | ({"head": head} if head else {})
        return [RepositorySeen(at, self.key, self.repository, said)] if branch else []


def login_of(user: Fields | None) -> str:
    """A user's login; empty where the account is gone."""
    return (user.maybe_text("login") or "") if user else ""


def is_bot_user(user: Fields | None) -> bool:
    return user is not None and (user.raw("type") == "Bot" or is_bot(login_of(user)))
