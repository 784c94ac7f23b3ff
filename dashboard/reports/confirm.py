"""``/reports/confirm/<link>/``: an address outside confirms that it wants a report, without a sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dashboard.reports import addresses

GONE = "This link holds no more. Whoever had this address asked can have it asked again."


@login_not_required
@csrf_exempt  # the signed link is the proof; who reads mail in a program may have no cookie
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, link: str) -> HttpResponse:
    """Ask first: programs that look for bad links follow this one too."""
    one = addresses.found(link)
    if one is None:
        raise Http404(GONE)
    if request.method == "POST":
        addresses.confirm(one, timezone.now())
    answer = render(request, "pages/confirm_address.html", {"subscription": one})
    answer["Referrer-Policy"] = "no-referrer"  # the address is the proof
    return answer
