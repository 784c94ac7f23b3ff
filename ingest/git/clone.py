"""A local clone -> observations: commits, merged pull requests, and deployments, which tags or merges stand for."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple

from ingest.git.history import History, Merged
from ingest.git.log import (
    COMMIT_FORMAT,
    PATHS_FORMAT,
    TAG_FORMAT,
    Commit,
    Tag,
    changed_paths,
    commits,
    repository_name,
    tags,
)
from ingest.git.program import Clone, Unreadable
from ingest.parsers.messages import is_bot, is_hotfix
from ingest.parsers.observation import ChangeSeen, DeploymentSeen, Observation, PullRequestSeen, RepositoryRef, Said

PRODUCTION = "production"
LOG = ("log", "-z", "--topo-order", "--stdin", "--no-show-signature", "--encoding=UTF-8")
TOLERANCE = timedelta(minutes=10)
Warn = Callable[[str], None]


class Deploys(NamedTuple):
    """What counts as a deployment: ``tags`` that match a glob, or ``merges`` to a branch."""

    by: str
    what: str

    @classmethod
    def from_text(cls, text: str) -> "Deploys":
        """``tags:GLOB`` or ``merges:BRANCH``. Raises ``ValueError`` for anything else."""
        by, _, what = text.partition(":")
        if by not in ("tags", "merges") or not what:
            raise ValueError(f"{text!r} makes no sense. Use tags:GLOB, such as tags:v*, or merges:BRANCH.")
        return cls(by, what)


class Wanted(NamedTuple):
    """What to read a clone as. ``with_paths``: also which paths each commit changed, for a part of a monorepo."""

    service: str
    team: str | None
    deploys: Deploys
    with_paths: bool = False


class Deployed(NamedTuple):
    """A commit that went out: ``name`` is the version, empty where it has none."""

    external_id: str
    sha: str
    name: str
    at: datetime
    bot: bool


def observations(clone: Clone, wanted: Wanted, now: datetime, warn: Warn) -> Iterator[Observation]:
    """All that a clone tells, the same each time.

    Raises:
        Unreadable: the clone has no commit, or no such branch, or git failed.
    """
    name = repository_name(clone.ask("config", "--get", "remote.origin.url"), clone.path.name)
    found = _tags(clone, wanted.deploys)
    tip = _branch(clone, wanted.deploys)
    starts = [clone.resolve("HEAD"), clone.resolve("refs/remotes/origin/HEAD"), tip, *(tag.commit for tag in found)]
    given = "".join(f"{sha}\n" for sha in dict.fromkeys(starts) if sha).encode()
    if not given:
        raise Unreadable(f"{clone.path} has no commit.")
    shallow = clone.shallow_commits()
    if shallow:
        warn("The clone is shallow: the parents of its first commits are unknown, so early figures miss changes.")
    history = History(commits(clone.fields(*LOG, f"--format={COMMIT_FORMAT}", given=given), shallow))
    paths = _paths(clone, given) if wanted.with_paths else {}
    teller = _Teller(name, wanted)
    merged = history.pull_requests()
    yield from teller.changes(history, merged, paths)
    yield from (teller.pull_request(one, history) for one in merged)
    deployed = _by_tag(name, found, history) if tip is None else _by_merge(name, wanted.deploys.what, tip, history)
    yield from teller.deployments(deployed, now, warn)


def _tags(clone: Clone, deploys: Deploys) -> list[Tag]:
    if deploys.by != "tags":
        return []
    all_tags = tags(clone.fields("for-each-ref", f"--format={TAG_FORMAT}", "refs/tags"))
    matching = [tag for tag in all_tags if fnmatchcase(tag.name, deploys.what)]
    resolved = [tag if tag.commit else tag._replace(commit=clone.resolve(tag.object_sha) or "") for tag in matching]
    return [tag for tag in resolved if tag.commit]


def _branch(clone: Clone, deploys: Deploys) -> str | None:
    if deploys.by != "merges":
        return None
    for place in ("refs/heads/", "refs/remotes/origin/"):
        sha = clone.resolve(place + deploys.what)
        if sha:
            return sha
    raise Unreadable(f"{clone.path} has no branch {deploys.what}.")


def _paths(clone: Clone, given: bytes) -> dict[str, list[str]]:
    asked = ("--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", f"--format={PATHS_FORMAT}")
    return changed_paths(clone.fields(*LOG, *asked, given=given))


def _by_tag(repository: str, found: Iterable[Tag], history: History) -> Iterator[Deployed]:
    """An annotated tag is dated by its tagger, a lightweight one by its commit."""
    for tag in found:
        at = tag.tagged_at or history.by_sha[tag.commit].committed_at
        yield Deployed(f"git/{repository}/tag/{tag.name}"[:300], tag.commit, tag.name, at, is_bot(tag.tagger))


def _by_merge(repository: str, branch: str, tip: str, history: History) -> Iterator[Deployed]:
    for commit in history.first_parents(tip):
        external_id = f"git/{repository}/{branch}/{commit.sha}"[:300]
        yield Deployed(external_id, commit.sha, "", commit.committed_at, commit.bot)


class _Teller:
    """Tells what was read of one repository, for one service."""

    def __init__(self, repository: str, wanted: Wanted) -> None:
        self.name, self.repository = repository, RepositoryRef(repository)
        self.service, self.team = wanted.service, wanted.team

    def changes(self, history: History, merged: list[Merged], paths: dict[str, list[str]]) -> Iterator[ChangeSeen]:
        """Every commit, oldest first, with the smallest pull request that brought it."""
        numbers: dict[str, int] = {}
        for pull_request in sorted(merged, key=lambda one: len(one.commits)):
            for sha in (*pull_request.commits, pull_request.merge.sha):
                numbers.setdefault(sha, pull_request.number)
        for commit in history.oldest_first():
            said = _said_of(commit)
            if commit.sha in numbers:
                said["pull_request"] = numbers[commit.sha]
            if commit.sha in paths:
                said["paths"] = paths[commit.sha]
            yield ChangeSeen(
                commit.committed_at, self._key(commit.sha), commit.sha, self.service, self.repository, self.team, said
            )

    def pull_request(self, merged: Merged, history: History) -> PullRequestSeen:
        """What the merge shows: when a pull request was opened or reviewed is not in git."""
        brought = [history.by_sha[sha] for sha in merged.commits if sha in history.by_sha]
        author = brought[0] if brought else merged.merge
        title, message = merged.merge.message.pull_request_title, merged.merge.message
        said: Said = {
            "merged_at": merged.merge.committed_at,
            "merge_sha": merged.merge.sha,
            "how": merged.how,
            "commits": merged.commits,
            "title": title,
            "author": author.author,
            "bot": author.bot,
            "hotfix": is_hotfix(title) or message.hotfix,
            "revert": message.revert,
        }
        if brought:
            said["first_commit_at"] = min(commit.authored_at for commit in brought)
        at, key = merged.merge.committed_at, self._key(f"pull/{merged.number}")
        return PullRequestSeen(at, key, merged.number, self.service, self.repository, self.team, said)

    def deployments(self, deployed: Iterable[Deployed], now: datetime, warn: Warn) -> Iterator[DeploymentSeen]:
        """Deployments that succeeded; what is dated in the future is left out, and said so."""
        for one in deployed:
            if one.at > now + TOLERANCE:
                warn(f"{one.external_id} is dated {one.at:%Y-%m-%d}, in the future: left out.")
                continue
            said: Said = {"terminal": "succeeded", "sha": one.sha, "bot": one.bot}
            if one.name:
                said["version"] = one.name
            yield DeploymentSeen(
                one.at, one.external_id, one.external_id, self.service, self.repository, PRODUCTION, self.team, said
            )

    def _key(self, what: str) -> str:
        return f"git/{self.name}/{what}"[:300]


def _said_of(commit: Commit) -> Said:
    message = commit.message
    said: Said = {
        "authored_at": commit.authored_at,
        "committed_at": commit.committed_at,
        "author": commit.author,
        "title": message.title,
        "bot": commit.bot,
        "merge": commit.is_merge,
        "revert": message.revert,
        "reapply": message.reapply,
        "reverts": message.reverts,
        "hotfix": message.hotfix,
    }
    if commit.parents is not None:
        said["parents"] = list(commit.parents)
    else:
        del said["merge"]  # nobody can tell where the parents are cut off
    return said
