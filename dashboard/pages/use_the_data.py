"""``/use-the-data/``: per tool, what to click and what to paste, with the address of this site in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.datasets.columns import Column
from dashboard.datasets.every import DATASETS
from dashboard.how_to import Block, Place, filled, how_to, only_here
from dashboard.pages.frame import Step

TOOLS = ("powerbi", "excel", "tableau", "metabase", "superset", "grafana", "sql", "duckdb", "pandas", "curl")
BY_SQL = ("metabase", "superset", "sql")
DASHBOARDS = ("grafana-plumbline", "grafana-plumbline-api")
FOLDER = Path(settings.BASE_DIR) / "docs" / "examples"
PLACEHOLDER = "TOKEN"
IN_EXAMPLES = "http://localhost:8000"
FORMS = ("csv", "ndjson", "parquet")


@dataclass(frozen=True, slots=True)
class Told:
    """A dataset as the page tells it. ``files``: form and address of each."""

    name: str
    title: str
    text: str
    columns: tuple[Column, ...]
    files: tuple[tuple[str, str], ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """A disclosure for each tool."""
    url = settings.BASE_URL
    context = {
        "url": url,
        "local": only_here(url),
        "tools": [(name, how_to(f"use-{name}"), _filled(name, url)) for name in TOOLS],
        "by_sql": BY_SQL,
        "datasets": list(_datasets()),
        "has_sql": connection.vendor == "postgresql",
        "makes_tokens": access.may_manage_tokens(request.user),
        "trail": [Step("Data", reverse("data"))],
    }
    return render(request, "pages/use_the_data.html", context)


def _filled(tool: str, url: str) -> list[Block]:
    """A tool's text, with where this site's database is, as it reaches that itself; never with a user or a password."""
    told = connection.settings_dict
    place = Place()
    if connection.vendor == "postgresql":
        named = {"host": told["HOST"], "port": str(told["PORT"]), "name": told["NAME"]}
        place = place._replace(**{part: value for part, value in named.items() if value})
    return filled(how_to(f"use-{tool}"), url, PLACEHOLDER, place)


def _datasets() -> Iterator[Told]:
    for one in DATASETS.values():
        files = tuple((form, reverse("api:export", args=[one.name, form])) for form in FORMS)
        yield Told(one.name, one.title, one.text, one.columns, files)


@require_safe
def dashboard(request: HttpRequest, name: str) -> HttpResponse:
    """A dashboard of Grafana, as a file to import, with the address of this site in it."""
    if name not in DASHBOARDS:
        raise Http404
    text = (FOLDER / f"{name}.json").read_text().replace(IN_EXAMPLES, json.dumps(settings.BASE_URL)[1:-1])
    told = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return HttpResponse(text, content_type="application/json", headers=told)
