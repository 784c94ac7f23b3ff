"""The first page of an empty site: what to connect, with commands to copy."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboard import access
from ingest.models import Delivery, Service


@dataclass(frozen=True, slots=True)
class Way:
    """One way to bring data in. ``href``: where it can be done in the site, by those who may."""

    title: str
    text: str
    commands: tuple[str, ...]
    href: str = ""


def is_empty() -> bool:
    """Whether nothing was ever delivered or declared."""
    return not Service.objects.exists() and not Delivery.objects.exists()


def first_run(request: HttpRequest) -> HttpResponse:
    context = {"ways": ways(settings.BASE_URL), "operates": access.may_operate(request.user)}
    return render(request, "pages/first_run.html", context)


def ways(base_url: str) -> list[Way]:
    """What to connect, the quickest first."""
    return [
        Way(
            "See it with made-up data",
            "Loads a demo organisation: teams, services, a year of deployments and incidents.",
            ("python manage.py demo",),
        ),
        Way(
            "Read a repository that you have here",
            "Deployments, changes and lead times straight from a local clone: no token, nothing sent anywhere.",
            ("python manage.py ingest_git PATH --service NAME --team TEAM --deploys tags:'v*'",),
        ),
        Way(
            "Connect GitHub, or another code host, delivery tool or pager",
            "Gives the address and the secret of a webhook, and says what to paste where. A token lets GitHub be read "
            "by its API too, also without a webhook.",
            ("python manage.py add_source github",),
            reverse("sources"),
        ),
        Way(
            "Send events from your pipeline",
            "Any pipeline can tell of a deployment with one request. Make a token, put it in the place of TOKEN.",
            ("python manage.py create_token pipeline --scope ingest", _curl(base_url)),
        ),
    ]


def _curl(base_url: str) -> str:
    event = (
        '{"type": "deployment.finished", "at": "\'"$(date -u +%FT%TZ)"\'", "team": "payments", "service": "checkout",'
        ' "environment": "production", "deployment": "\'"$(date +%s)"\'", "status": "success",'
        ' "sha": "\'"$(git rev-parse HEAD)"\'"}'
    )
    return f"curl -H \"Authorization: Bearer TOKEN\" --data '{event}' \\\n  {base_url}/ingest/events/"
