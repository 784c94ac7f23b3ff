"""Change a team: its name, retire it, merge it into another."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard import access, formats
from dashboard.models import Membership
from dashboard.pages import drill
from dashboard.pages.change import Choice, Done, Merging, Renaming, Restoring, Retiring, respond
from dashboard.pages.frame import Step, filters_of
from ingest.catalogue import manage
from ingest.models import Deployment, Ownership, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.rollups.forget import forget_summaries


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The forms of one team, for who may change the whole catalogue."""
    team = drill.named(access.visible_teams(request.user), slug)
    if not access.may_edit_catalogue(request.user):
        raise PermissionDenied
    if team.slug == UNASSIGNED:
        raise Http404("it stands for services that nobody owns")
    steps = [Step("Teams", f"{reverse('teams')}{filters_of(request).query()}"), Step(team.name, href_of(team))]

    def show(found: Any, status: int) -> HttpResponse:
        context = {"subject": team, "forms": found, "trail": steps, "back": href_of(team)}
        return render(request, "pages/change.html", context, status=status)

    return respond(request, team, [Rename, Restore if team.retired_on else Retire, Merge], show)


def href_of(team: Team) -> str:
    return reverse("team", args=[team.slug])


class Rename(Renaming):
    def act(self) -> Done:
        found = manage.rename_team(self.row.slug, **self.news())
        return Done(f"{self.row.name} is {found.name}, at {found.slug}.", href_of(found))


class Retire(Retiring):
    says = "It leaves the lists. What it owned before stays its own; give its services to another team first."

    @transaction.atomic
    def act(self) -> Done:
        day = self.cleaned_data["on"]
        manage.retire_team(self.row.slug, day)
        forget_summaries()
        return Done(f"{self.row.name} is retired from {day:%-d %b %Y} on.", href_of(self.row))


class Restore(Restoring):
    says = "It stands in the lists again and can own services."

    @transaction.atomic
    def act(self) -> Done:
        manage.retire_team(self.row.slug, None)
        forget_summaries()
        return Done(f"{self.row.name} is in use again.", href_of(self.row))


class Merge(Merging):
    title = "Merge into another team"
    says = (
        "For two names of one team. The other one gets what this one owned and owns, its members and its tokens; this "
        "one is gone then. Events that name this one count for the other."
    )
    into = Choice(label="Team", empty_label="Choose a team")

    def others(self) -> QuerySet[Team]:
        return access.visible_teams(self.request.user).exclude(pk=self.row.pk).exclude(slug=UNASSIGNED)

    def moves(self) -> str:
        owned = Ownership.objects.filter(team=self.row).values("service").distinct()
        services = formats.plural(owned.count(), "service")
        deployments = formats.plural(Deployment.objects.filter(service__in=owned).count(), "deployment")
        members = formats.plural(Membership.objects.filter(team=self.row).count(), "member")
        return f"{services} that {self.row.name} owns or owned, with {deployments}, and {members}"

    def act(self) -> Done:
        found = manage.merge_teams(self.row.slug, self.cleaned_data["into"].slug)
        return Done(f"{self.row.name} is part of {found.name}.", href_of(found))
