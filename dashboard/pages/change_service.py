"""Change a service: its name, tier, repository and paths, its team, retire it, merge it into another."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access, formats
from dashboard.pages import drill
from dashboard.pages.change import (
    ChangeForm,
    Choice,
    Day,
    Done,
    Merging,
    Renaming,
    Restoring,
    Retiring,
    moment_of,
    respond,
)
from dashboard.pages.compared import today
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.service import trail
from ingest.catalogue import manage
from ingest.catalogue.owners import periods_by_service
from ingest.models import Deployment, Incident, Service, Team
from ingest.models.catalogue import UNASSIGNED, Tier
from scorecards.rollups.forget import forget_summaries

MAX_GLOBS = 200
MAX_GLOB = 300


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The forms of one service, for who may change it."""
    service = drill.named(access.visible_services(request.user).select_related("repository"), slug)
    if not access.may_edit_catalogue(request.user, service):
        raise PermissionDenied
    steps = [*trail(request, service, filters_of(request)), Step(service.name, href_of(service))]

    def show(found: Any, status: int) -> HttpResponse:
        context = {"subject": service, "forms": found, "trail": steps, "back": href_of(service)}
        return render(request, "pages/change.html", context, status=status)

    return respond(request, service, kinds(request, service), show)


def kinds(request: HttpRequest, service: Service) -> list[type[ChangeForm]]:
    """The changes that the reader may make; those alone merge who may change the whole catalogue."""
    found: list[type[ChangeForm]] = [Rename, Describe, Assign, Restore if service.retired_on else Retire]
    return [*found, Merge] if access.may_edit_catalogue(request.user) else found


def href_of(service: Service) -> str:
    return reverse("service", args=[service.slug])


class Rename(Renaming):
    def act(self) -> Done:
        found = manage.rename_service(self.row.slug, **self.news())
        return Done(f"{self.row.name} is {found.name}, at {found.slug}.", href_of(found))


class Describe(ChangeForm):
    """What the service is: how much it matters, and what it is deployed from."""

    action, title, button = "describe", "Tier and repository", "Save"
    says = "What you change here holds until a later event or catalogue file says otherwise."
    tier = forms.ChoiceField(label="Tier", choices=[(tier.value, tier.label) for tier in Tier])
    repository = forms.CharField(
        label="Repository", required=False, max_length=manage.MAX_REPOSITORY, help_text="Such as owner/name."
    )
    path_globs = forms.CharField(
        label="Paths",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Of a repository with several services: what belongs to this one, one a line, such as pay/**. "
        "Empty: all of it.",
    )

    def start(self) -> dict[str, Any]:
        held = self.row.repository
        name = held.name if held and not held.placeholder else ""
        return {"tier": self.row.tier, "repository": name, "path_globs": "\n".join(self.row.path_globs)}

    def clean_path_globs(self) -> list[str]:
        """The lines, each once, blank ones aside."""
        found = list(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["path_globs"].splitlines()))))
        if len(found) > MAX_GLOBS or any(len(glob) > MAX_GLOB for glob in found):
            raise forms.ValidationError(f"At most {MAX_GLOBS} lines of at most {MAX_GLOB} characters.")
        return found

    def act(self) -> Done:
        by = self.request.user.get_username()
        found = manage.change_service(self.row.slug, at=timezone.now(), by=by, **self.cleaned_data)
        return Done(f"{found.name} is changed.", href_of(found))


class Assign(ChangeForm):
    """Who owns the service from a day on."""

    action, title, button = "assign", "Team", "Assign"
    says = "Figures of days before stay with the team that owned the service then."
    team = Choice(label="Team", empty_label="Choose a team")
    since = Day(label="From")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        visible = access.visible_teams(self.request.user).exclude(slug=UNASSIGNED).filter(retired_on=None)
        self.fields["team"].queryset = visible  # type: ignore[attr-defined]

    def start(self) -> dict[str, Any]:
        return {"since": today()}

    def act(self) -> Done:
        team, day = self.cleaned_data["team"], self.cleaned_data["since"]
        manage.assign_service(self.row, team, at=moment_of(day), by=self.request.user.get_username())
        text = f"{self.row.name} belongs to {team.name} from {day:%-d %b %Y} on"
        return Done(f"{text}{self.until()}.", href_of(self.row))

    def until(self) -> str:
        """A later statement stands: the service goes to that team then."""
        day = self.cleaned_data["since"]
        later = [one for one in periods_by_service([self.row.pk])[self.row.pk] if one.start and one.start > day]
        return f", until {later[0].start:%-d %b %Y}: then to {Team.objects.get(pk=later[0].team_id)}" if later else ""


class Retire(Retiring):
    says = "It leaves the lists and stops counting as active. Its page and its past stay."

    @transaction.atomic
    def act(self) -> Done:
        day = self.cleaned_data["on"]
        manage.retire_service(self.row.slug, day)
        forget_summaries()
        return Done(f"{self.row.name} is retired from {day:%-d %b %Y} on.", href_of(self.row))


class Restore(Restoring):
    says = "It stands in the lists again and counts as active where it deploys."

    @transaction.atomic
    def act(self) -> Done:
        manage.retire_service(self.row.slug, None)
        forget_summaries()
        return Done(f"{self.row.name} is in use again.", href_of(self.row))


class Merge(Merging):
    title = "Merge into another service"
    says = (
        "For two names of one service. The other one gets the deployments, incidents, names, repositories and owners "
        "of this one, which is gone then. Events that name this one count for the other."
    )
    into = Choice(label="Service", empty_label="Choose a service")

    def others(self) -> QuerySet[Service]:
        return access.visible_services(self.request.user).exclude(pk=self.row.pk)

    def moves(self) -> str:
        deployments = formats.plural(Deployment.objects.filter(service=self.row).count(), "deployment")
        incidents = formats.plural(Incident.objects.filter(service=self.row).count(), "incident")
        return f"{deployments} and {incidents} of {self.row.name}"

    def act(self) -> Done:
        found = manage.merge_services(self.row.slug, self.cleaned_data["into"].slug)
        return Done(f"{self.row.name} is part of {found.name}.", href_of(found))
