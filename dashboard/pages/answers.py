"""What one reads when a page can't be shown: forbidden, not found, an error of ours, a request that is none."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("pages/500.html", {"code": 400}), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/403.html", status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is stale, or came from elsewhere."""
    return render(request, "pages/403.html", {"stale": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Rendered without a request: the database may be what is broken."""
    return HttpResponse(render_to_string("pages/500.html", {"code": 500}), status=500)
