"""Runs one check on a few files written in the test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from ingest.repository.memory import tree_of
from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.registry import all_checks
from scorecards.checks.subject import CommitSeen, Subject, Tag

AS_OF = date(2026, 11, 23)
ORDER = list(Outcome)


@dataclass
class Past:
    """A history written in the test."""

    tags: tuple[Tag, ...] = ()
    commits: tuple[CommitSeen, ...] = ()
    shallow: bool = False
    known: bool = True
    first_commit_at: datetime | None = None
    changed: Mapping[str, datetime] = field(default_factory=dict)

    def last_changed(self, path: str) -> datetime | None:
        return self.changed.get(path)

    def unchanged_since_first(self, path: str) -> bool:
        return path not in self.changed


def fresh(at: datetime = datetime(2026, 11, 23, 9, tzinfo=UTC)) -> Past:
    """One commit, made today."""
    return Past(commits=(CommitSeen("0" * 40, at, "x", "", False, False),), first_commit_at=at)


def judge(check: str, files: Mapping[str, str | bytes], **about: Any) -> list[Finding]:
    """The findings of a check; ``about`` as ``Subject`` takes it."""
    return list(all_checks()[check](Subject(tree_of(files), about.pop("as_of", AS_OF), **about)))


def verdict(findings: list[Finding]) -> Outcome:
    """The worst outcome; not applicable where there is nothing."""
    return min((finding.outcome for finding in findings), key=ORDER.index, default=Outcome.NOT_APPLICABLE)
