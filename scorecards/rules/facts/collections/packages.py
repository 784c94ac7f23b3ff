"""(pure) Facts on package manifests and what they depend on."""

from collections import Counter
from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.rules.facts.model import Collection, Field, Kind, Told
from scorecards.rules.packages import manifests


def _package_files(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree):
        facts: dict[str, object] = {"path": one.path, "folder": one.path.rpartition("/")[0], "ecosystem": one.ecosystem}
        if one.told is not None:
            facts |= {
                "name": one.told.name,
                "version": one.told.version,
                "parent": one.told.parent,
                "parent_version": one.told.parent_version,
                "dependency_count": len(one.told.dependencies),
            }
        yield one.path, Place(one.path), facts


def _dependencies(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in manifests(tree):
        counts: Counter[str] = Counter()
        for each in one.told.dependencies if one.told is not None else ():
            counts[each.name] += 1
            turn = f" {counts[each.name]}" if counts[each.name] > 1 else ""
            facts = {
                "path": one.path,
                "ecosystem": one.ecosystem,
                "name": each.name,
                "version": each.version,
                "scope": each.scope,
            }
            yield f"{one.path} {each.name}{turn}", Place(one.path, each.line), facts


_PATH = Field("path", Kind.TEXT, "the file")
_ECOSYSTEM = Field("ecosystem", Kind.TEXT, "maven (Gradle too), npm, pypi, go, cargo, nuget or composer")

COLLECTIONS = (
    Collection(
        "package_files",
        "package manifest",
        "Package manifests: pom.xml, build.gradle, package.json, pyproject.toml, requirements, go.mod, Cargo.toml, "
        "composer.json and project files of .NET.",
        (
            _PATH,
            Field("folder", Kind.TEXT, "its folder; empty at the top"),
            _ECOSYSTEM,
            Field("name", Kind.TEXT, "the package's name; Maven's as group:name"),
            Field("version", Kind.TEXT, "the package's version; empty without one"),
            Field("parent", Kind.TEXT, "the POM that a pom.xml inherits from, as group:name; empty without one"),
            Field("parent_version", Kind.TEXT, "its version; empty without one"),
            Field("dependency_count", Kind.NUMBER, "how many packages it depends on"),
        ),
        _package_files,
    ),
    Collection(
        "dependencies",
        "dependency",
        "Packages that the manifests depend on; those of lock files are not among them.",
        (
            _PATH,
            _ECOSYSTEM,
            Field("name", Kind.TEXT, "the package; Maven's as group:name, Python's in lower case with hyphens"),
            Field("version", Kind.TEXT, "the range as written; empty without one"),
            Field("scope", Kind.TEXT, "runtime, development, test, build or optional"),
        ),
        _dependencies,
    ),
)
