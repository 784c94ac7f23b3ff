"""(pure) Metric names that a repository makes: recorded by rules, or registered in source code."""

import re
from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading.rules import rule_files

SOURCES = ("**/*.{go,py,java,kt,scala,js,ts,mjs,cjs,rb,rs,cs}",)
MAX_NAMES = 5_000
_NAME = r"[a-z_][a-z0-9_.]{2,120}"
_REGISTERED = re.compile(
    r"(?i:\b(?:counter|gauge|histogram|summary|timer|distribution ?summary|meter)\w{0,40}\s{0,4}"
    r"(?:::new|\.builder|\.build|\.create|\.new)?)"
    rf"\s{{0,4}}[({{]\s{{0,40}}(?:&?\w{{1,60}}!?[({{.]{{0,2}}\s{{0,40}})?(?:name\s{{0,4}}[:=]\s{{0,4}})?[\"'`]({_NAME})[\"'`]"
)
_GO_OPTIONS = re.compile(rf"\bName:\s{{0,20}}[\"`]({_NAME})[\"`]")
_GO_PREFIX = re.compile(r"\b(?:Namespace|Subsystem):\s{0,20}[\"`]([a-z_][a-z0-9_]{0,60})[\"`]")
_SUFFIXES = ("", "_total", "_bucket", "_sum", "_count")


def metric_names(tree: RepositoryTree) -> frozenset[str]:
    """The names, with those that client libraries add to them; at most ``MAX_NAMES``."""
    return tree.derive(_metric_names)


def _metric_names(tree: RepositoryTree) -> frozenset[str]:
    found: set[str] = set()
    for name in (*_recorded(tree), *_registered(tree)):
        if len(found) >= MAX_NAMES:
            break
        found.add(name)
    return frozenset(found)


def _recorded(tree: RepositoryTree) -> Iterator[str]:
    for file in rule_files(tree):
        yield from (rule.name[:200] for rule in file.rules if rule.name and not rule.alert)


def _registered(tree: RepositoryTree) -> Iterator[str]:
    for path in tree.files(*SOURCES):
        for name in tree.remember("metric-names", _in_file, path):
            plain = name.replace(".", "_")
            yield from (plain + suffix for suffix in _SUFFIXES)


def _in_file(tree: RepositoryTree, path: str) -> list[str]:
    text = tree.text(path) or ""
    if path.endswith(".go"):
        return sorted({*_REGISTERED.findall(text), *_of_go(text)})
    return sorted(set(_REGISTERED.findall(text)))


def _of_go(text: str) -> Iterator[str]:
    """Names in options of Go's client, whose namespace and subsystem stand beside them."""
    for found in _GO_OPTIONS.finditer(text):
        start = text.rfind("{", max(0, found.start() - 400), found.start())
        end = text.find("}", found.end(), found.end() + 400)
        beside = text[max(start, 0) : end if end > 0 else found.end()]
        if "Help:" in beside:  # other values have names too
            yield "_".join((*_GO_PREFIX.findall(beside), found.group(1)))
