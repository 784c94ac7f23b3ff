"""(pure) Where code evaluates feature flags, by the calls of the usual kits."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.templates.skeletons import in_skeleton

_KITS = (
    "openfeature", "open-feature", "launchdarkly", "unleash", "flagd", "flipt", "growthbook", "splitio", "flagsmith",
    "configcat", "gofeatureflag", "go-feature-flag", "togglz", "featuremanagement", "featureflag", "feature_flag",
    "feature-flag", "waffle",
)  # fmt: skip
_IMPORT = re.compile(
    r"""\s*(?:import\b|from\b|using\b|require\b|(?:const|let|var)\b.{1,200}\brequire\("""
    r"""|[\w.]{0,60}\s?["'`][^"'`]{1,300}["'`]\s*\Z)"""
)
_CALLS = re.compile(
    r"\b(?:(?:get|use)?_?(?:Boolean|Bool|String|Int|Integer|Float|Number|Double|Object|Json|JSON)(?:Value|Variation|"
    r"FlagValue|Flag)(?:Details?|Detail)?|(?:get_)?(?:boolean|bool|string|integer|float|object|number)_"
    r"(?:value|variation)(?:_details?)?|variation(?:Detail)?|isEnabled|is_enabled|IsEnabled(?:Async)?|isFeatureEnabled|"
    r"is_feature_enabled|isFlagEnabled|is_flag_enabled|flag_enabled|flag_is_active|isActive|getTreatment|useFlag|isOn|"
    r"getFeatureValue|evaluateFlag)\s{0,5}\(\s{0,20}(?:(?:ctx|context|c|context\.Background\(\)|context\.TODO\(\)|"
    r"request)\s{0,5},\s{0,20})?([\"'`]([A-Za-z0-9][\w.:/-]{0,150})[\"'`])?",
    re.I,
)  # fmt: skip
_TEST = re.compile(
    r"(?i)(?:^|/)(?:tests?|__tests__|e2e|testing)/|_test\.go\Z|\.(?:test|spec)\.\w{2,3}\Z|(?:^|/)test_[^/]*\.py\Z"
)
MAX_TEXT, MAX_CALLS = 400_000, 500


class Call(NamedTuple):
    """An evaluation of one key; calls whose key is made at run time are not told."""

    key: str
    place: Place


class Usage(NamedTuple):
    """``kits`` are the files that import a kit."""

    calls: tuple[Call, ...]
    kits: tuple[Place, ...]


def usage(tree: RepositoryTree) -> Usage:
    """The evaluations in source files, tests and examples left out."""
    return tree.derive(_usage)


def _usage(tree: RepositoryTree) -> Usage:
    calls: list[Call] = []
    kits: list[Place] = []
    for found in kinds.found(tree, "app-src"):
        if is_test(found.path) or in_skeleton(tree, found.path):
            continue
        line, told = tree.remember("flag-calls", _read, found.path)
        if line:
            kits.append(Place(found.path, line))
            calls += [Call(key, Place(found.path, at)) for key, at in told]
    return Usage(tuple(calls[:MAX_CALLS]), tuple(kits))


def is_test(path: str) -> bool:
    """Whether a source file only tests others."""
    return bool(_TEST.search(path))


def _read(tree: RepositoryTree, path: str) -> list[Any]:
    """[line of the kit, [[key, line], ...]] of one file."""
    text = tree.text(path) or ""
    lower = text.lower()
    if len(text) > MAX_TEXT or not any(word in lower for word in _KITS):
        return [0, []]
    line = next((number for number, line in enumerate(text.split("\n"), 1) if _imports_kit(line)), 0)
    return [line, list(_calls(text))[:MAX_CALLS] if line else []]


def _imports_kit(line: str) -> bool:
    lower = line[:500].lower()
    return any(word in lower for word in _KITS) and bool(_IMPORT.match(line[:500]))


def _calls(text: str) -> Iterator[list[Any]]:
    for match in _CALLS.finditer(text):
        if match[2]:
            yield [match[2], text.count("\n", 0, match.start()) + 1]
