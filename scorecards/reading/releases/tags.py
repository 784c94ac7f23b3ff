"""(pure) Tags as versions, and the versions that manifests name."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.semver import Version, version
from scorecards.reading.subject import Tag

YEAR = timedelta(days=365)
_SEMANTIC = re.compile(
    r"(?:(?P<prefix>[A-Za-z][\w.@/-]{0,100}?)[-_/@]|(?P<letters>release))?(?P<version>v?\d[\w.+-]{0,200})\Z"
)
_CALENDAR = re.compile(r"v?(?:19|20)\d{2}[.-](?:0?[1-9]|1[0-2])(?:[.-]\d{1,4}){0,2}(?:[-.+]\w{1,40})?\Z")
# Tags that move on purpose: they name a line or a channel, not a release.
_MOVING = re.compile(r"(?i)(?:.{0,100}[-/@])?(?:v?\d{1,4}|latest|stable|edge|nightly|canary|main|master|head)\Z")
_MOVING_MINOR = re.compile(r"v?\d{1,4}\.\d{1,4}\Z")


class Release(NamedTuple):
    """A tag that is a version. ``prefix`` is the component's, empty for the whole repository."""

    tag: Tag
    prefix: str
    version: Version


class Tagged(NamedTuple):
    """``odd`` are tags that name no version; ``lapsed``: all are older than a year, so the latest ones are told."""

    releases: tuple[Release, ...]
    calendar: tuple[Tag, ...]
    odd: tuple[Tag, ...]
    lapsed: bool = False

    @property
    def total(self) -> int:
        return len(self.releases) + len(self.calendar) + len(self.odd)


def tagged(tags: Sequence[Tag], as_of: date, *, calendar: bool) -> Tagged:
    """The tags of the last year by what they name; of the latest twenty where the year has none.

    ``calendar``: dates count as versions.
    """
    fixed = [tag for tag in tags if not _is_moving(tag, tags)]
    recent = [tag for tag in fixed if as_of - YEAR <= tag.at.date() <= as_of + timedelta(days=1)]
    chosen = recent or sorted(fixed, key=lambda tag: tag.at)[-20:]
    releases: list[Release] = []
    dated: list[Tag] = []
    odd: list[Tag] = []
    for tag in chosen:
        found = _release(tag)
        if _CALENDAR.match(tag.name):
            (dated if calendar else odd).append(tag)
        elif found is not None:
            releases.append(found)
        else:
            odd.append(tag)
    return Tagged(tuple(releases), tuple(dated), tuple(odd), not recent and bool(chosen))


def _is_moving(tag: Tag, tags: Sequence[Tag]) -> bool:
    """Whether a tag stands for the newest of a line; ``v1.2`` does where there are full versions of it."""
    if _MOVING.match(tag.name):
        return True
    return bool(_MOVING_MINOR.match(tag.name)) and any(other.name.startswith(tag.name + ".") for other in tags[:2_000])


def _release(tag: Tag) -> Release | None:
    match = _SEMANTIC.match(tag.name)
    found = version(match["version"]) if match else None
    return Release(tag, match["prefix"] or "", found) if match and found is not None else None


def out_of_order(releases: Sequence[Release]) -> list[Release]:
    """The releases that are not above the one before them in their line (component, major and minor version)."""
    lines: dict[tuple[str, int, int], Release] = {}
    found = []
    for one in sorted(releases, key=lambda one: (one.tag.at, one.version.order)):
        key = (one.prefix, one.version.major, one.version.minor)
        before = lines.get(key)
        if before is not None and one.version.order <= before.version.order:
            found.append(one)
        else:
            lines[key] = one
    return found


# ---------------------------------------------------------------- manifests


class Manifest(NamedTuple):
    """A version that a file names. ``component`` is the folder or name that its tags may carry."""

    component: str
    version: Version
    place: Place


def manifest_versions(tree: RepositoryTree) -> list[Manifest]:
    """The versions of packages at the top and of charts; placeholders such as 0.0.0 are left out."""
    found = [*_json(tree), *_toml(tree), *_charts(tree)]
    return [one for one in found if one.version[:3] != (0, 0, 0)]


def _json(tree: RepositoryTree) -> list[Manifest]:
    parsed = tree.json("package.json") if tree.exists("package.json") else None
    root = parsed.root if parsed is not None else None
    found = version(root.text_at("version")) if root is not None else None
    private = root is not None and (flag := root.get("private")) is not None and flag.is_true
    if root is None or found is None or private:
        return []
    return [Manifest("", found, root.place_of("version"))]


def _toml(tree: RepositoryTree) -> list[Manifest]:
    found = []
    ways = {
        "pyproject.toml": (("project",), ("tool", "poetry")),
        "Cargo.toml": (("package",), ("workspace", "package")),
    }
    for path, tables in ways.items():
        root = tree.toml(path) if tree.exists(path) else None
        for table in tables if root is not None else ():
            told = version(root.text_at(*table, "version")) if root is not None else None
            if root is not None and told is not None:
                found.append(Manifest("", told, root.place_of(*table, "version")))
    return found


def _charts(tree: RepositoryTree) -> list[Manifest]:
    found = []
    for path in tree.files("**/Chart.yaml")[:200]:
        for document in tree.yaml(path)[:1]:
            told = version(document.root.text_at("version"))
            if told is not None:
                found.append(Manifest(document.root.text_at("name")[:100], told, document.root.place_of("version")))
    return found


def lagging(manifests: Sequence[Manifest], releases: Sequence[Release]) -> list[tuple[Manifest, Release]]:
    """Manifests whose version is below the last release of theirs."""
    last: dict[str, Release] = {}
    for one in releases:
        name = one.prefix.rpartition("/")[2]
        if not one.version.pre and (name not in last or one.version.order > last[name].version.order):
            last[name] = one
    return [
        (manifest, last[manifest.component])
        for manifest in manifests
        if manifest.component in last and manifest.version.order < last[manifest.component].version.order
    ]
