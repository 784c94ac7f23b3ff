"""Addresses of badges: whoever has one sees that figure without a sign-in, until the addresses are made anew.

An address holds a signature over the service or team, the figure, the picture and the theme, and how often the
addresses were made anew. The slug in it is no part of that: a service that is renamed keeps its badges.
"""

from typing import Any

from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from dashboard.models import BadgeVersion
from ingest.models import Service, Team

Subject = Service | Team
PICTURES = ("badge", "trend")
SIGNATURE = "s"  # the parameter's name
SIGNER = "plumbline.badge"


def kind_of(subject: Subject) -> str:
    return "service" if isinstance(subject, Service) else "team"


def path_of(subject: Subject, metric: str, picture: str, theme: str, version: int) -> str:
    """The address of a picture on this site."""
    path = reverse(f"{kind_of(subject)}-{picture}", args=[subject.slug, metric])
    signature = Signer(salt=SIGNER).signature(_signed(subject, metric, picture, theme, version))
    themed = f"theme={theme}&" if theme != "light" else ""
    return f"{path}?{themed}{SIGNATURE}={signature}"


def fits(signature: str, subject: Subject, metric: str, picture: str, theme: str) -> bool:
    """Whether the signature was made for this picture, and holds still."""
    said = _signed(subject, metric, picture, theme, version_of(subject))
    try:
        Signer(salt=SIGNER).unsign(f"{said}:{signature}")
    except BadSignature:
        return False
    return True


def version_of(subject: Subject) -> int:
    found = BadgeVersion.objects.filter(**{kind_of(subject): subject}).values_list("version", flat=True).first()
    return found or 0


@transaction.atomic
def renew(subject: Subject, by: User) -> None:
    """Addresses that were given out so far open nothing from here on."""
    own: dict[str, Any] = {kind_of(subject): subject}
    row, _ = BadgeVersion.objects.get_or_create(**own)
    BadgeVersion.objects.filter(pk=row.pk).update(version=F("version") + 1, changed_by=by)


def _signed(subject: Subject, metric: str, picture: str, theme: str, version: int) -> str:
    return f"{kind_of(subject)}/{subject.pk}/{version}/{metric}/{picture}/{theme}"
