"""(pure) The framework of a service, by its configuration or its dependencies."""

import re
from typing import NamedTuple

from ingest.repository.node import Place
from scorecards.reading.application.dynamic import serves
from scorecards.reading.application.files import Setting, own_files
from scorecards.reading.services import ServiceUnit
from scorecards.reading.subject import Subject

# Framework -> (files that name dependencies, what names it in them).
_TABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "Quarkus": (("**/pom.xml", "**/build.gradle*"), r"io\.quarkus"),
    "Spring": (("**/pom.xml", "**/build.gradle*"), r"spring-boot-starter|org\.springframework\.boot"),
    ".NET": (("**/*.csproj",), r"Microsoft\.NET\.Sdk\.Web|Microsoft\.AspNetCore"),
    "Node": (("**/package.json",), r'"(?:express|fastify|koa|@nestjs/core|@hapi/hapi|restify)"\s?:'),
    "Django": (
        ("**/requirements*.txt", "**/pyproject.toml", "**/Pipfile", "**/requirements/*.txt"), r"(?im)^\W{0,10}django\b",
    ),
    "Go": (
        ("**/go.mod",),
        r"(?m)\b(?:gin-gonic/gin|labstack/echo|gofiber/fiber|go-chi/chi|gorilla/mux|google\.golang\.org/grpc)"
        r"(?:/v\d{1,3})?\s(?!.{0,100}// indirect)",
    ),
}  # fmt: skip
_OTHERS = (
    ("**/Gemfile", r"\brails\b|\bsinatra\b"), ("**/composer.json", r"laravel/|symfony/"),
    ("**/Cargo.toml", r"actix-web|axum|rocket|warp"), ("**/mix.exs", r":phoenix"),
    ("**/requirements*.txt", r"(?im)^(?:flask|fastapi|tornado|aiohttp|sanic|starlette)\b"),
    ("**/pyproject.toml", r"(?i)[\"'](?:flask|fastapi|tornado|sanic|starlette)\b"),
)  # fmt: skip


class Framework(NamedTuple):
    """``known``: its marks are in the table. ``name`` is the word that names it where they are not."""

    name: str
    place: Place
    known: bool


def framework(subject: Subject, service: ServiceUnit, found: list[Setting]) -> Framework | None:
    """The framework of a service; ``None`` where nothing identifies one."""
    for prefix, name in (("quarkus.", "Quarkus"), ("spring.", "Spring"), ("management.", "Spring")):
        setting = next((one for one in found if one.key.startswith(prefix)), None)
        if setting is not None:
            return Framework(name, setting.place, True)
    for name, (globs, words) in _TABLE.items():
        place = _named(subject, service, globs, words)
        if place is not None and (name != "Go" or serves(subject, service) is not None):
            return Framework(name, place, True)
    for glob, words in _OTHERS:
        place = _named(subject, service, (glob,), words)
        if place is not None:
            return Framework(place.path.rpartition("/")[2], place, False)
    return None


def _named(subject: Subject, service: ServiceUnit, globs: tuple[str, ...], words: str) -> Place | None:
    for path in own_files(subject, service, *globs)[:50]:
        text = (subject.tree.text(path) or "")[:200_000]
        match = re.search(words, text)
        if match is not None:
            return Place(path, text.count("\n", 0, match.start()) + 1)
    return None
