"""(pure) Commit messages by a convention: which follow it, what enforces it, what reads it wrongly."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import commands, pipelines, run_of, trail
from scorecards.reading.subject import CommitSeen

DAYS = timedelta(days=90)
_CONVENTIONAL = re.compile(r"[A-Za-z][A-Za-z-]{0,30}(?:\([^()\n]{1,100}\))?!?: \S")
_REVERT = re.compile(r"Revert \"")
_CONFIGS = (
    "commitlint.config.*", ".commitlintrc*", ".github/semantic.yml", ".github/semantic.yaml", ".gitlint", "cog.toml",
    ".github/commitlint.config.*", "commitlint.yaml", ".commitsar.yaml",
)  # fmt: skip
_ACTIONS = (
    "amannn/action-semantic-pull-request", "wagoid/commitlint-github-action", "zeke/semantic-pull-requests",
    "deepakputhraya/action-pr-title", "thehanimo/pr-title-checker", "webiny/action-conventional-commits",
    "cocogitto/cocogitto-action", "aslafy-z/conventional-pr-title-action", "commitizen-tools/commitizen-action",
    "opensource-nepal/commitlint", "morrisoncole/pr-lint-action", "lab42/conventional-commit",
    "ytanikin/prconventionalcommits", "crate-ci/committed",
)  # fmt: skip
_PROGRAMS = frozenset({"commitlint", "gitlint", "commitsar", "committed", "conform"})
_HOOKS = ("compilerla/conventional-pre-commit", "commitizen-tools/commitizen", "jorisroovers/gitlint", "commitlint",
          "crate-ci/committed", "espressif/conventional-precommit-linter")  # fmt: skip
_SCRIPTS = ("**/*{release,changelog,notes,commit,version}*.{ts,js,mjs,cjs,py,go,sh,rb}",)
_BARE = re.compile(
    r"""(?:startsWith|startswith|HasPrefix|start_with\?)\(\s{0,5}(?:\w{1,60}\s{0,5},\s{0,5})?["'`](?:feat|fix|perf|chore|docs):\s?["'`]"""
    r"""|["'`/^](?:\^)?(?:feat|fix):(?:["'`/ ]|\\s)"""
)
_COMPARES = re.compile(r"compareCommits\b|/compare/|\.compare\(")
_PAGES = re.compile(r"(?i)paginat|per_page|page\s{0,3}[=:]|nextPage|next_page|--paginate")
MAX_TEXT = 200_000


class Gap(NamedTuple):
    """What an own generator of notes gets wrong."""

    text: str
    place: Place


class Share(NamedTuple):
    """How many of the commits follow the convention, and some that do not."""

    following: int
    total: int
    others: tuple[CommitSeen, ...]


def share(commits: Sequence[CommitSeen], as_of: date) -> Share:
    """Of the last 90 days, merges and bots aside."""
    recent = [one for one in commits if as_of - DAYS <= one.at.date() <= as_of + timedelta(days=1)]
    counted = [one for one in recent if not one.merge and not one.bot and not one.subject.startswith("Merge ")]
    others = [one for one in counted if not follows(one.subject)]
    return Share(len(counted) - len(others), len(counted), tuple(others))


def follows(subject: str) -> bool:
    """Whether a subject is ``type(scope)!: text``; reverts as git writes them do too."""
    return bool(_CONVENTIONAL.match(subject) or _REVERT.match(subject))


def enforcement(tree: RepositoryTree) -> Place | None:
    """What refuses other messages or titles: a check in a pipeline, a hook, or a tool's configuration."""
    return next(_enforcing(tree), None)


def _enforcing(tree: RepositoryTree) -> Iterator[Place]:
    for pipeline in pipelines(tree):
        for job in pipeline.jobs:
            for step in trail(tree, job).steps:
                if step.action in _ACTIONS:
                    yield Place(step.path, step.uses_line)
            for command in commands(tree, job):
                run = run_of(command.words)
                if run.program in _PROGRAMS or (run.program in ("cz", "cog") and run.plain[:1] == ("check",)):
                    yield command.place
    yield from (Place(path, 1) for path in tree.files(*_CONFIGS))
    for path in tree.files(".pre-commit-config.y*ml", ".husky/commit-msg", "lefthook.y*ml"):
        text = tree.text(path) or ""
        at = min((found for hook in _HOOKS if (found := text.find(hook)) >= 0), default=-1)
        if at >= 0:
            yield Place(path, text.count("\n", 0, at) + 1)
    if "commitlint" in (tree.text("package.json") or "" if tree.exists("package.json") else ""):
        yield Place("package.json", 1)


def parser_gaps(tree: RepositoryTree) -> list[Gap]:
    """Where scripts of the repository tell kinds of commits by a bare prefix, or compare without all pages."""
    found = []
    for path in tree.files(*_SCRIPTS):
        text = tree.text(path) or ""
        if len(text) > MAX_TEXT or not ("feat:" in text or "fix:" in text):
            continue
        if bare := _BARE.search(text):
            gap = "tests for a bare prefix, so it drops commits with a scope or an exclamation mark"
            found.append(Gap(gap, Place(path, text.count("\n", 0, bare.start()) + 1)))
        if (compared := _COMPARES.search(text)) and not _PAGES.search(text):
            gap = "compares tags without paging, so it misses all but the first commits"
            found.append(Gap(gap, Place(path, text.count("\n", 0, compared.start()) + 1)))
    return found
