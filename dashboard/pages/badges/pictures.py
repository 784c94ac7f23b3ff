"""``/badges/...``: pictures of figures for READMEs and wikis, for whoever has their signed address."""

from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from dashboard.charts import badge
from dashboard.charts.badge import THEMES
from dashboard.pages import drill
from dashboard.pages.badges import figures
from dashboard.pages.badges.signed import SIGNATURE, Subject, fits
from ingest.models import Service, Team

MAX_AGE = 300
DRAWN = {"badge": badge.badge, "trend": badge.trend}


@login_not_required
@require_safe
def service(request: HttpRequest, slug: str, metric: str, picture: str) -> HttpResponseBase:
    return _picture(request, drill.named(Service.objects.all(), slug), metric, picture)


@login_not_required
@require_safe
def team(request: HttpRequest, slug: str, metric: str, picture: str) -> HttpResponseBase:
    return _picture(request, drill.named(Team.objects.all(), slug), metric, picture)


def _picture(request: HttpRequest, subject: Subject, metric: str, picture: str) -> HttpResponseBase:
    """The picture; 404 without a signature that fits, so that nobody learns which services there are."""
    theme, signature = request.GET.get("theme", "light"), request.GET.get(SIGNATURE, "")
    if metric not in figures.LABELS or theme not in THEMES or not fits(signature, subject, metric, picture, theme):
        raise Http404
    drawn = DRAWN[picture](figures.told(subject, metric), THEMES[theme])
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    response["ETag"] = f'"{sha256(drawn.encode()).hexdigest()[:32]}"'
    response["Cache-Control"] = f"max-age={MAX_AGE}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
