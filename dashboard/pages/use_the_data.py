"""``/use-the-data/``: per tool, what to click and what to paste, with the address of this site in it."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.how_to import filled, how_to, only_here
from dashboard.pages.frame import Step

TOOLS = ("powerbi", "excel", "tableau", "metabase", "superset", "grafana", "duckdb", "pandas", "curl")
BY_SQL = ("metabase", "superset")
DASHBOARDS = ("grafana-plumbline", "grafana-plumbline-api")
FOLDER = Path(settings.BASE_DIR) / "docs" / "examples"
PLACEHOLDER = "TOKEN"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """A disclosure for each tool."""
    url = settings.BASE_URL
    context = {
        "url": url,
        "local": only_here(url),
        "tools": [(name, how_to(f"use-{name}"), filled(how_to(f"use-{name}"), url, PLACEHOLDER)) for name in TOOLS],
        "by_sql": BY_SQL,
        "has_sql": settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        "makes_tokens": access.may_manage_tokens(request.user),
        "trail": [Step("Data", reverse("data"))],
    }
    return render(request, "pages/use_the_data.html", context)


@require_safe
def dashboard(request: HttpRequest, name: str) -> HttpResponseBase:
    """A dashboard of Grafana, as a file to import."""
    if name not in DASHBOARDS:
        raise Http404
    return FileResponse((FOLDER / f"{name}.json").open("rb"), content_type="application/json", as_attachment=True)
