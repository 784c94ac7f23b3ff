"""What the pages on sources share: who may come in, the way to a page, addresses."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse

from dashboard import access
from dashboard.pages.frame import Step
from ingest.models import Source


def operator(request: HttpRequest) -> User:
    """The person, who may operate. Raises: PermissionDenied."""
    if not isinstance(request.user, User) or not access.may_operate(request.user):
        raise PermissionDenied
    return request.user


def trail(*steps: Step) -> list[Step]:
    return [Step("Data", reverse("data")), Step("Sources", reverse("sources")), *steps]


def address_of(source: Source) -> str:
    """Where its sender sends to."""
    return f"{settings.BASE_URL}/ingest/{source.kind}/{source.public_id}/"
