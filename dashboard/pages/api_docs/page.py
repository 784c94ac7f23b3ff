"""``/api/docs/``: the API as a page of this site, read from the OpenAPI document."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.api.document import document
from dashboard.how_to import only_here
from dashboard.pages.api_docs.told import Group, groups
from dashboard.pages.frame import Step


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every operation, folded."""
    context = {
        "groups": told(settings.BASE_URL),
        "base_url": settings.BASE_URL,
        "local": only_here(settings.BASE_URL),
        "trail": [Step("Use the data", reverse("use-the-data"))],
    }
    return render(request, "pages/api_docs.html", context)


@cache
def told(base_url: str) -> list[Group]:
    return groups(document(), base_url)
