"""The chart library that the plotly package ships, where the small bundle was not fetched."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@login_not_required
@cache_control(public=True, max_age=31_536_000, immutable=True)
def script(request: HttpRequest) -> FileResponse:
    """The whole file; its address carries no version, so an upgrade of the package needs a new one (``?v=``)."""
    return FileResponse(settings.PLOTLY_PACKAGE_JS.open("rb"), content_type="text/javascript; charset=utf-8")
