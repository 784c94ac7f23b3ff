"""What one may tell the gate, each a small form."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from dashboard import access
from dashboard.pages.act_form import ActForm
from dashboard.pages.change import Choice
from ingest.models import Service
from ingest.models.catalogue import EnvironmentClass
from scorecards.models import BudgetExemption, GateSetting
from scorecards.reliability import gatekeeping, policies
from scorecards.reliability.gate import PRODUCTION
from scorecards.reliability.gatekeeping import LONGEST_TEXT, GateRefused
from scorecards.reliability.gating import Mode

State = BudgetExemption.State
INHERITS, STRICT = "inherits", "strict"
MODES = {
    str(GateSetting.Mode.DRY_RUN): "Dry-run: it tells what it would do, and never denies",
    str(GateSetting.Mode.ENFORCE): "Enforced: what is not known never denies alone",
    STRICT: "Enforced, strictly: in production what is not known denies too",
}
SHA = 64


class Moment(forms.DateTimeField):
    """A moment in the organisation's zone, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {"invalid": "Write the moment like 2026-03-02T14:00."}


def _text(label: str, help_text: str = "", **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, max_length=LONGEST_TEXT, widget=widget, **options)


class GateForm(ActForm[str]):
    """One thing that is told; a sentence on what came of it."""

    refusals = (GateRefused,)


class SetFreeze(GateForm):
    """A time in which nothing is to be deployed. Staff may stop all; a lead their team and its services."""

    action, title, button = "freeze", "Set a freeze window", "Set it"
    says = "While it holds, the gate denies: no exemption lifts it."
    name = forms.CharField(label="Name", max_length=200, help_text="Told to whom it stops, such as Year-end closing.")
    team = Choice(label="Team", required=False)
    service = Choice(label="Service", required=False, empty_label="All services of the team")
    environment_class = forms.ChoiceField(
        label="Environments", choices=[(one.value, one.label) for one in EnvironmentClass], initial=PRODUCTION
    )
    starts_at = Moment(label="From")
    ends_at = Moment(label="Until")
    reason = _text("Why", required=False)

    def __init__(self, request: HttpRequest, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(request, data)
        teams = access.led_teams(request.user).filter(retired_on=None)
        services = access.visible_services(request.user).filter(retired_on=None)
        if not access.may_operate(request.user):
            services = services.alias(owner_team=access.owner()).filter(owner_team__in=teams)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["team"].empty_label = "All teams" if access.may_operate(request.user) else "—"  # type: ignore[attr-defined]
        self.fields["service"].queryset = services  # type: ignore[attr-defined]

    def start(self) -> dict[str, Any]:
        now = timezone.localtime().replace(second=0, microsecond=0)
        return {"starts_at": now, "ends_at": now + timedelta(days=1)}

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("service") is not None:
            said["team"] = None  # the service alone: narrower than its team
        elif said.get("team") is None and not access.may_operate(self.request.user):
            self.add_error("team", "Choose your team, or one of its services.")
        return said

    def act(self) -> str:
        said = self.cleaned_data
        if not access.may_freeze(self.by, said["service"], said["team"]):
            raise GateRefused("You may stop your own team and its services.", "team")
        window = gatekeeping.set_freeze(**said, by=self.by, at=timezone.now())
        return f"The freeze window {window.name} is set."


class SetMode(GateForm):
    """Whether the gate is enforced, for all or for one service."""

    action, title, button = "mode", "Change how it answers", "Change it"
    says = "Not known: the budget without an objective or fresh data, the controls without a scan."
    mode = forms.ChoiceField(label="Mode")
    reason = _text("Why", "It is kept with your name. At least 20 characters.")

    def __init__(
        self, request: HttpRequest, service: Service | None, mode: Mode, data: Mapping[str, Any] | None = None
    ) -> None:
        self.service, self.held = service, mode
        super().__init__(request, data)
        follow = {INHERITS: "As all services"} if service is not None else {}
        self.fields["mode"].choices = list((follow | MODES).items())  # type: ignore[attr-defined]

    def start(self) -> dict[str, Any]:
        if self.service is not None and not self.held.own:
            return {"mode": INHERITS}
        return {"mode": STRICT if self.held.deny_unknown else self.held.mode}

    def act(self) -> str:
        said = self.cleaned_data["mode"]
        gatekeeping.set_mode(
            service=self.service,
            mode=GateSetting.Mode.DRY_RUN if said in (INHERITS, GateSetting.Mode.DRY_RUN) else GateSetting.Mode.ENFORCE,
            deny_unknown=said == STRICT,
            inherits=said == INHERITS,
            reason=self.cleaned_data["reason"],
            by=self.by,
            at=timezone.now(),
        )
        return "The gate answers so from now on."


class AskExemption(GateForm):
    """That a service may be deployed although its error budget says no."""

    action, title, button = "request", "Ask for an exemption", "Ask for it"
    says = "Another person decides on it. It lifts what the error budget denies, and nothing else."
    kind = forms.ChoiceField(label="What for")
    sha = forms.CharField(
        label="Commit",
        required=False,
        max_length=SHA,
        help_text="The whole commit, if it is for one alone. Empty: whatever is deployed.",
    )
    until = Moment(label="Until", help_text="Within 7 days.")
    text = _text("Why", "What has to go out, and why it can't wait. At least 20 characters.")

    def __init__(self, request: HttpRequest, service: Service, data: Mapping[str, Any] | None = None) -> None:
        self.service = service
        super().__init__(request, data)
        self.fields["kind"].choices = kinds_of(service)  # type: ignore[attr-defined]

    def start(self) -> dict[str, Any]:
        return {"until": timezone.localtime().replace(second=0, microsecond=0) + timedelta(days=1)}

    def act(self) -> str:
        gatekeeping.request_exemption(service=self.service, **self.cleaned_data, by=self.by, at=timezone.now())
        return "It is asked for. Another person decides on it."


def kinds_of(service: Service) -> list[tuple[str, str]]:
    """What the service's policy exempts: the word, and what it means."""
    return [
        (one.type, f"{one.type.replace('_', ' ')}, approved by {one.approval.replace('_', ' ')}")
        for one in policies.of(service).exemptions
    ]


class ExemptionStep(GateForm):
    """A step of an exemption that was asked for."""

    def __init__(self, request: HttpRequest, exemption: BudgetExemption, data: Mapping[str, Any] | None = None) -> None:
        self.exemption = exemption
        super().__init__(request, data)


class Approve(ExemptionStep):
    action, title, button = "approve", "Approve", "Approve"

    def act(self) -> str:
        gatekeeping.approve_exemption(self.exemption, by=self.by, at=timezone.now())
        return "The exemption is in force."


class Deny(ExemptionStep):
    action, title, button, danger = "deny", "Deny", "Deny", True

    def act(self) -> str:
        gatekeeping.deny_exemption(self.exemption, by=self.by, at=timezone.now())
        return "The exemption is denied."


class Revoke(ExemptionStep):
    """Ends it early."""

    action, title, button, danger = "revoke", "End it now", "End it", True

    def act(self) -> str:
        gatekeeping.revoke_exemption(self.exemption, by=self.by, at=timezone.now())
        return "The exemption has ended."


class Withdraw(Revoke):
    """Takes a request back that was not decided yet."""

    action, title, button = "withdraw", "Take the request back", "Take it back"

    def act(self) -> str:
        super().act()
        return "The request is taken back."


def steps_of(request: HttpRequest, exemption: BudgetExemption) -> list[type[ExemptionStep]]:
    """The steps that the reader may take with the exemption as it is."""
    if exemption.until <= timezone.now():
        return []
    found: list[type[ExemptionStep]] = []
    if exemption.state == State.REQUESTED:
        if access.may_decide_exemption(request.user, exemption):
            found += [Approve, Deny]
        elif access.may_revoke_exemption(request.user, exemption):
            found.append(Withdraw)
    elif exemption.state == State.APPROVED and access.may_revoke_exemption(request.user, exemption):
        found.append(Revoke)
    return found
