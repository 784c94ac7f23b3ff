"""The page of facts that may be one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard.pages.data.doubles import possible
from dashboard.pages.frame import Step


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Possible duplicates of the last 28 days, by service and pair of sources."""
    context = {"trail": [Step("Data", reverse("data"))], "doubles": possible(request, timezone.now())}
    return render(request, "pages/data_same.html", context)
