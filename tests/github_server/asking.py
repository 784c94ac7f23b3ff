"""A call and its answer: what routes get and give, and GitHub's paging (docs.github.com/rest/using-the-rest-api)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.github_server.access import Access, Caller
from tests.github_server.organisation import Organisation
from tests.github_server.records import Repository

DOCS = "https://docs.github.com/rest"
PER_PAGE, MAX_PER_PAGE = 30, 100


@dataclass(slots=True)
class Answer:
    """``body``: bytes go out as they are, anything else as JSON; ``None``: nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def failed(status: int, message: str, **more: Any) -> Answer:
    """An error as GitHub tells it."""
    return Answer(status, {"message": message, **more, "documentation_url": DOCS, "status": str(status)})


NOT_FOUND = failed(404, "Not Found")


@dataclass(slots=True)
class Ask:
    """One call. ``api``: the root of the API's URLs; ``path``: below it, decoded; ``repository``: of the path."""

    organisation: Organisation
    access: Access
    api: str
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    repository: Repository | None = None
    redeliver: Callable[..., None] = lambda *told: None

    @property
    def repo(self) -> Repository:
        """Of a path that names one."""
        assert self.repository is not None
        return self.repository

    def page(
        self, items: Sequence[Any], shape: Callable[[Any], Any], *, key: str = "", newest: datetime | None = None
    ) -> Answer:
        """One page, and links to those around it. ``key``: the list stands under it, beside ``total_count``."""
        size = min(max(_number(self.query.get("per_page"), PER_PAGE), 1), MAX_PER_PAGE)
        page, last = max(_number(self.query.get("page"), 1), 1), max(-(-len(items) // size), 1)
        shown = [shape(item) for item in items[(page - 1) * size : page * size]]
        links = {"prev": page - 1 if page > 1 else 0, "next": page + 1 if page < last else 0}
        links |= {"last": last if page < last else 0, "first": 1 if page > 1 else 0}
        told = ", ".join(f'<{self.link(page=number)}>; rel="{name}"' for name, number in links.items() if number)
        headers = {"Link": told} if told else {}
        if newest:
            headers["Last-Modified"] = newest.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Answer(200, {"total_count": len(items), key: shown} if key else shown, headers)

    def link(self, **changed: Any) -> str:
        """This call's URL with other parameters; a repository is told by its number, as GitHub's links do."""
        path = self.path
        if self.repository is not None and path.startswith("/repos/"):
            path = "/".join(["", "repositories", str(self.repository.number), *path.split("/")[4:]])
        return f"{self.api}{path}?{urlencode({**self.query, **{k: str(v) for k, v in changed.items()}})}"

    def word(self, name: str, default: str, *allowed: str) -> str:
        """A parameter of few words; what is none of them counts as the default."""
        told = self.query.get(name, default)
        return told if told in allowed or not allowed else default

    def moment(self, name: str) -> datetime | None:
        """A time of the query; ``None`` where it is none."""
        try:
            return datetime.fromisoformat(self.query[name].replace("Z", "+00:00"))
        except (KeyError, ValueError):
            return None


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else default


Handler = Callable[..., Answer]


@dataclass
class Routes:
    """Handlers by method and pattern: ``{name}`` is a part of the path, ``{name:path}`` any number of them."""

    known: list[tuple[str, re.Pattern[str], Handler]] = field(default_factory=list)

    def __call__(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        whole = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern.replace(".", "[.]"))
        whole = re.compile(re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", whole)).pattern

        def keep(handler: Handler) -> Handler:
            self.known.append((method, re.compile(whole), handler))
            return handler

        return keep

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        for known, pattern, handler in self.known:
            if known == method and (found := pattern.fullmatch(path)):
                return handler, found.groupdict()
        return None


whole = Routes()  # below the API's root
inside = Routes()  # below a repository
