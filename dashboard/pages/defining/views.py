"""The three steps of a change: choose, see what it would do, say it from a day on; and taking one back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.pages import drill
from dashboard.pages.change import FOLLOWS, UNREADABLE
from dashboard.pages.defining import results
from dashboard.pages.defining.form import DefinitionsForm, SavingForm
from dashboard.pages.defining.shown import source_names
from dashboard.pages.defining.words import day_text, sentence
from dashboard.pages.frame import Step
from ingest.models import Team
from scorecards.definitions.change import state_definitions, withdraw_definitions
from scorecards.errors import DefinitionRefused
from scorecards.models import DefinitionChange, WhatIf
from scorecards.what_if import jobs


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Step 1: choose, for the organisation or for a team (``team``, its slug)."""
    slug = request.GET.get("team", "")
    team = drill.named(access.visible_teams(request.user), slug) if slug else None
    person = _definer(request, team)
    form = DefinitionsForm(team, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("what-if", jobs.ask(team, form.values(), by=person, now=timezone.now()).pk)
        except DefinitionRefused as refused:
            form.refuse(refused.problems)
    context = {"form": form, "parts": list(form.parts()), "whose": _whose(team), "trail": _trail()}
    return render(request, "pages/define.html", context, status=UNREADABLE if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 2: the figures now and under the change; step 3: say it."""
    row = get_object_or_404(WhatIf.objects.select_related("team"), pk=pk)
    person = _definer(request, row.team)
    form = SavingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _save(row, form, person)
        except DefinitionRefused as refused:
            form.add_error(None, " ".join(refused.problems.values()))
        else:
            text = f"{_whose(row.team)} definitions change from {day_text(said.since)} on. {FOLLOWS}"
            messages.success(request, text, "good")
            return redirect("definitions")
    step = Step("Choose", f"{reverse('change-definitions')}{f'?team={row.team.slug}' if row.team else ''}")
    context: dict[str, Any] = {
        "row": row,
        "whose": _whose(row.team),
        "what": sentence(row.values, source_names()),
        "form": form,
        "running": row.state in (WhatIf.State.WAITING, WhatIf.State.RUNNING),
        "trail": [*_trail(), step],
    }
    if row.state == WhatIf.State.DONE:
        context |= results.of_trial(row)
    return render(request, "pages/what_if.html", context, status=UNREADABLE if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a change is to be taken back for all its days, and do it."""
    change = get_object_or_404(DefinitionChange.objects.select_related("team", "by"), pk=pk)
    person = _definer(request, change.team)
    if change.withdrawn_at is not None:
        raise Http404("it was taken back")
    if request.method == "POST":
        withdraw_definitions(change, by=person, at=timezone.now())
        messages.success(request, f"The change is taken back. {FOLLOWS}", "good")
        return redirect("definitions")
    what = sentence(change.values, source_names())
    context = {"change_said": change, "whose": _whose(change.team), "what": what, "trail": _trail()}
    return render(request, "pages/definition_withdraw.html", context)


def _save(row: WhatIf, form: SavingForm, person: User) -> DefinitionChange:
    said = form.cleaned_data
    return state_definitions(
        row.team, row.values, since=said["since"], reason=said["reason"], by=person, at=timezone.now()
    )


def _definer(request: HttpRequest, team: Team | None) -> User:
    """The person, who may say what counts there. Raises: PermissionDenied."""
    if not isinstance(request.user, User) or not access.may_define(request.user, team):
        raise PermissionDenied
    return request.user


def _whose(team: Team | None) -> str:
    return f"{team.name}’s" if team else "The organisation’s"


def _trail() -> list[Step]:
    return [Step("Definitions", reverse("definitions"))]
