"""What one reads when a page can't be shown: forbidden, not found, an error of ours, a request that is none."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboard.api.errors import details

MACHINES = ("/api/", "/ingest/", "/odata/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(400, "The request can't be read.", request) or _plain(400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    found = _problem(403, "This is not allowed.", request)
    return found or render(request, "pages/403.html", status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is stale, or came from elsewhere."""
    return render(request, "pages/403.html", {"stale": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    found = _problem(404, "There is nothing at this address.", request)
    return found or render(request, "pages/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Rendered without a request: the database may be what is broken."""
    return _problem(500, "Something broke on our side; it is in the log.", request) or _plain(500)


def _plain(status: int) -> HttpResponse:
    return HttpResponse(render_to_string("pages/500.html", {"code": status}), status=status)


def _problem(status: int, text: str, request: HttpRequest) -> HttpResponse | None:
    """Problem details (RFC 9457) where a program asked, else nothing."""
    if not request.path.startswith(MACHINES):
        return None
    return JsonResponse(details(status, text), status=status, content_type="application/problem+json")
