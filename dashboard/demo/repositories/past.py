"""(pure) The commits and tags of a demo repository, by how much care its releases get."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1

from dashboard.demo.chance import generator, happens
from dashboard.demo.company import HISTORY_DAYS, Service
from ingest.repository.history import CommitSeen, Tag

CONVENTIONAL_SHARE = (0.35, 0.8, 0.97)  # of the commits, by the level of care of releases
COMMITS_A_RELEASE = 4
_KINDS = ("feat", "fix", "fix", "chore", "refactor", "docs")


@dataclass(frozen=True, slots=True)
class DemoPast:
    """What git would tell. Files have no times of their own: all of them are as old as the repository."""

    commits: tuple[CommitSeen, ...]
    tags: tuple[Tag, ...]
    first_commit_at: datetime | None
    known: bool = True
    shallow: bool = False

    @property
    def version(self) -> str:
        """The newest release version; ``0.1.0`` before the first."""
        return self.tags[-1].name.removeprefix("v") if self.tags else "0.1.0"

    def last_changed(self, path: str) -> datetime | None:
        return None

    def unchanged_since_first(self, path: str) -> bool:
        return False


def past(service: Service, release: int, until: datetime, seed: int) -> DemoPast:
    """The year of a repository up to ``until``. ``release``: the level of care that its releases get."""
    rng = generator(seed, service.slug, "past")
    first = until - timedelta(days=HISTORY_DAYS + 90)
    commits, tags = [], []
    minor, patch = 0, 0
    for number in range(COMMITS_A_RELEASE * 26):
        at = until - timedelta(days=HISTORY_DAYS - 2) + timedelta(days=3.49 * number, minutes=rng.randrange(600))
        kind, topic = rng.choice(_KINDS), rng.choice(service.team.topics)
        proper = happens(rng, CONVENTIONAL_SHARE[min(release, 2)])
        subject = f"{kind}: work on {topic}" if proper else f"{topic[:1].upper()}{topic[1:]} again"
        sha = sha1(f"{seed} {service.slug} {number}".encode(), usedforsecurity=False).hexdigest()
        commits.append(CommitSeen(sha, at, subject, "", bot=False, merge=False))
        if release and number % COMMITS_A_RELEASE == COMMITS_A_RELEASE - 1:
            minor, patch = (minor + 1, 0) if kind == "feat" else (minor, patch + 1)
            tags.append(Tag(f"v1.{minor}.{patch}", sha, at, annotated=True))
    return DemoPast(tuple(reversed(commits)), tuple(tags), first)
