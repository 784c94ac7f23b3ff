"""(pure) Settings of one environment that stand in an image or its source: files copied in, hosts, production URLs."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.environments import NAMES, words

SOURCES = ("config", "settings", "constants")
LANGUAGES = "py,js,ts,go,java,kt,cs"
MAX_SOURCES = 200

_SETTINGS_FILE = re.compile(r"(?i)(?:config|settings|appsettings|application|environment|env)[._-].{0,100}$")
_DOTENV = re.compile(r"(?i)\.env(?:\.(?P<name>[a-z0-9_-]{1,40}))?$")
_HOST = re.compile(r"(?i)(?:^|_)(?:HOST|HOSTNAME|URL|URI|ENDPOINT|DSN|SERVER|ADDRESS)$")
_TOOL = re.compile(
    r"(?i)^(?:PIP|NPM|YARN|UV|POETRY|GO|GEM|MAVEN|NUGET|CARGO|PLAYWRIGHT|PUPPETEER)_"
    r"|INDEX|MIRROR|PROXY|REGISTRY|DOWNLOAD|REPO"
)
_ENVIRONMENT = frozenset(
    {"APP_ENV", "APP_ENVIRONMENT", "ENVIRONMENT", "DEPLOY_ENV", "DEPLOYMENT_ENVIRONMENT", "SPRING_PROFILES_ACTIVE",
     "QUARKUS_PROFILE", "MICRONAUT_ENVIRONMENTS"}
)  # fmt: skip
_TESTS = frozenset({"test", "tests", "__tests__", "e2e"})
_LOCAL = re.compile(r"(?i)^(?:[a-z]+://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1?\]?)(?:[:/]|$)")
_PRODUCTION_URL = re.compile(r"[a-z]{2,12}://[A-Za-z0-9.-]{0,200}\b(?:prod|production)\b[A-Za-z0-9.-]{0,200}")


class Baked(NamedTuple):
    """A setting in an image or its source. ``what`` names it without its value."""

    what: str
    place: Place


def dockerfiles(tree: RepositoryTree) -> list[str]:
    """The Dockerfiles of the repository, without those of tests and of continuous integration."""
    apart = {"test", "tests", "e2e", "ci", ".ci", ".github", ".circleci", ".devcontainer", "hack", "tools", "docs"}
    return [found.path for found in kinds.found(tree, "docker") if apart.isdisjoint(found.path.lower().split("/")[:-1])]


def baked_in(tree: RepositoryTree, path: str) -> list[Baked]:
    """What a Dockerfile, or source files beside it, fix to one environment."""
    return tree.derive(_baked_in, path)


def _baked_in(tree: RepositoryTree, path: str) -> list[Baked]:
    return [*_in_image(tree, path), *_in_source(tree, path.rpartition("/")[0])]


def _in_image(tree: RepositoryTree, path: str) -> Iterator[Baked]:
    parsed = tree.dockerfile(path)
    if parsed is None:
        return
    last = parsed.stages[-1].instructions if parsed.stages else ()
    for instruction in parsed.instructions:
        if instruction.name in ("COPY", "ADD") and "from" not in instruction.flags:
            yield from _copied(path, instruction)
    for instruction in last:
        if instruction.name == "ENV":
            yield from _set(path, instruction)


def _copied(path: str, instruction: Any) -> Iterator[Baked]:
    for source in list(instruction.words)[:-1]:
        if is_environment_file(source):
            yield Baked(f"copies {source[:80]} into the image", Place(path, instruction.line))


def is_environment_file(source: str) -> bool:
    """Whether a file holds the settings of one environment, by its name (``.env``, ``config.prod.json``)."""
    name = source.rstrip("/").rpartition("/")[2][:300]
    dotenv = _DOTENV.match(name)
    if dotenv:
        return (dotenv.group("name") or "prod").lower() in NAMES
    return bool(_SETTINGS_FILE.match(name)) and not NAMES.isdisjoint(words(name))


def _set(path: str, instruction: Any) -> Iterator[Baked]:
    for name, value in _pairs(list(instruction.words)):
        place = Place(path, instruction.line)
        if name in _ENVIRONMENT and value.strip("'\"").lower() in NAMES:
            yield Baked(f"sets {name} to one environment", place)
        elif _HOST.search(name) and not _TOOL.search(name) and _is_far(value.strip("'\"")):
            yield Baked(f"sets {name[:60]} to a literal host", place)


def _pairs(parts: list[str]) -> Iterator[tuple[str, str]]:
    if parts and "=" not in parts[0]:
        yield parts[0], " ".join(parts[1:])
        return
    for part in parts:
        name, _, value = part.partition("=")
        yield name, value


def _is_far(value: str) -> bool:
    return bool(value) and "$" not in value and not value.startswith("/") and not _LOCAL.match(value)


def _in_source(tree: RepositoryTree, folder: str) -> Iterator[Baked]:
    """URLs of production in the source files that hold settings."""
    found = tree.derive(_production_urls)
    return (Baked("holds a production URL in its source", place) for place in found if _is_below(place.path, folder))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _production_urls(tree: RepositoryTree) -> list[Place]:
    """Where settings in source code name a host of production; the first ones, where there are very many."""
    found: list[Place] = []
    globs = tuple(f"**/{name}*.{{{LANGUAGES}}}" for name in SOURCES)
    for path in tree.files(*globs)[:MAX_SOURCES]:
        text = tree.text(path) or ""
        if "prod" not in text or "://" not in text or not _TESTS.isdisjoint(path.lower().split("/")):
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            if len(line) < 1_000 and "prod" in line and "example" not in line and _PRODUCTION_URL.search(line):
                found.append(Place(path, number))
    return found[:MAX_SOURCES]
