"""Mails as pages: that of any week as it would be sent, and those that were, each alone and in a page around it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from dashboard.reports import weekly
from dashboard.reports.choice import asked, visible_sent
from dashboard.reports.render import alone, rendered

# Of what a mail holds nothing runs, nothing is fetched and nothing is posted; its links open beside the page.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
PARTS = {"html": "As it looks", "text": "Plain text"}


@require_safe
@xframe_options_sameorigin
def mail(request: HttpRequest) -> HttpResponse:
    """The HTML of the mail that ``scope`` and ``week`` ask for."""
    parts = rendered(asked(request))
    return _document(alone(parts.html, parts.pictures))


@require_safe
@xframe_options_sameorigin
def sent_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of one that was sent."""
    found = get_object_or_404(visible_sent(request.user), pk=pk)
    return _document(alone(found.html, found.images))


@require_safe
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """One that was sent, as it looked or as plain text."""
    found = get_object_or_404(visible_sent(request.user), pk=pk)
    context = {
        "sent": found,
        "span": weekly.span_text(found.week),
        "again": f"{reverse('reports')}?{urlencode({'scope': found.scope, 'week': weekly.week_text(found.week)})}#mail",
        "parts": parts_of(request.GET),
    }
    return render(request, "pages/sent_report.html", context)


def parts_of(said: Mapping[str, str]) -> dict[str, tuple[str, bool]]:
    """The parts of a mail, each with its label and whether it is the one to show."""
    chosen = said.get("part") if said.get("part") in PARTS else "html"
    return {name: (label, name == chosen) for name, label in PARTS.items()}


def _document(html: str) -> HttpResponse:
    answer = HttpResponse(html)
    answer["Content-Security-Policy"] = POLICY
    return answer
