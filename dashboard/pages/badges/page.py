"""``/services/<slug>/badges/`` and ``/teams/<slug>/badges/``: pictures of figures, each with what to paste."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.charts.badge import THEMES, clean
from dashboard.how_to import only_here
from dashboard.pages import drill
from dashboard.pages.badges import signed
from dashboard.pages.badges.figures import LABELS
from dashboard.pages.badges.signed import PICTURES, Subject, kind_of
from dashboard.pages.frame import Step


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its path, and how it is put into a page; ``alt``: what it shows, in words."""

    kind: str
    path: str
    alt: str
    markdown: str
    html: str


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    pictures: Sequence[Picture]


@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """The pictures of a service."""
    found = drill.named(access.visible_services(request.user), slug)
    return _page(request, found, may_renew=access.may_edit_catalogue(request.user, found))


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """The pictures of a team."""
    found = drill.named(access.visible_teams(request.user), slug)
    return _page(request, found, may_renew=access.may_define(request.user, found))


def _page(request: HttpRequest, subject: Subject, *, may_renew: bool) -> HttpResponse:
    """The page; or, by POST, the addresses made anew."""
    theme = request.GET.get("theme", "light")
    here = reverse(f"{kind_of(subject)}-badges", args=[subject.slug])
    if request.method == "POST":
        if not may_renew or not isinstance(request.user, User):
            raise PermissionDenied
        signed.renew(subject, request.user)
        messages.success(request, "The addresses are made anew: those of before show nothing any more.", "good")
        return redirect(here)
    back = reverse(kind_of(subject), args=[subject.slug])
    context = {
        "subject": subject,
        "figures": figures(subject, theme if theme in THEMES else "light"),
        "themes": {name: name == theme or (name == "light" and theme not in THEMES) for name in THEMES},
        "may_renew": may_renew,
        "local": only_here(settings.BASE_URL),
        "trail": [Step(subject.name, back)],
    }
    return render(request, "pages/badges.html", context)


def figures(subject: Subject, theme: str) -> list[Figure]:
    """Every figure, as a badge and as a small chart."""
    version, page = signed.version_of(subject), f"{settings.BASE_URL}{reverse(kind_of(subject), args=[subject.slug])}"
    return [
        Figure(label, [_picture(subject, metric, label, kind, theme, version, page) for kind in PICTURES])
        for metric, label in LABELS.items()
    ]


def _picture(subject: Subject, metric: str, label: str, kind: str, theme: str, version: int, page: str) -> Picture:
    path = signed.path_of(subject, metric, kind, theme, version)
    src, alt = f"{settings.BASE_URL}{path}", clean(f"{label} of {subject.name}")
    in_brackets = "".join(f"\\{letter}" if letter in r"\[]*_`<>&" else letter for letter in alt)
    return Picture(
        kind=kind,
        path=path,
        alt=alt,
        markdown=f"[![{in_brackets}]({src})]({page})",
        html=f'<a href="{escape(page)}"><img src="{escape(src)}" alt="{escape(alt)}"></a>',
    )
