"""``/reports/unsubscribe/<key>/``: ends a subscription, for who holds the mail, without a sign-in (RFC 8058)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dashboard.models import Subscription


@login_not_required
@csrf_exempt  # mail programs post it by themselves; the key is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Ask first: programs that look for bad links follow this one too. Ended once, it stays so."""
    if not (key.isascii() and key.isprintable()):
        raise Http404  # PostgreSQL refuses to look for some of these
    found = get_object_or_404(Subscription.objects.select_related("team"), key=key)
    if request.method == "POST":
        mine = Subscription.objects.filter(pk=found.pk, ended_at=None)
        mine.update(ended_at=timezone.now(), ended_because=Subscription.Because.ASKED)
        found.refresh_from_db()
    answer = render(request, "pages/unsubscribe.html", {"subscription": found})
    answer["Referrer-Policy"] = "no-referrer"  # the address is the key
    return answer
