"""The forms of waivers: to ask for one, to decide on one, to end it, to renew it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from dashboard import access
from dashboard.pages.act_form import ActForm
from dashboard.pages.change import Day
from dashboard.pages.compared import today
from ingest.models import Service
from scorecards.models import Waiver
from scorecards.scans.in_force import in_force
from scorecards.scans.waiving import approve_waiver, deny_waiver, renew_waiver, request_waiver, revoke_waiver
from scorecards.standards.standard import Control, Standard
from scorecards.waivers import LONGEST_TEXT, WaiverRefused

USUAL = timedelta(days=90)
MAX_PATH = 300
State = Waiver.State


def _text(label: str, help_text: str = "", **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, max_length=LONGEST_TEXT, widget=widget, **options)


def _last_day() -> Day:
    return Day(label="Last day", help_text="The last day on which it holds, within a year.")


class WaiverForm(ActForm[Waiver]):
    """One step of a waiver."""

    refusals = (WaiverRefused,)

    @property
    def standards(self) -> Sequence[Standard]:
        return in_force(today()).standards


class Ask(WaiverForm):
    """A waiver of one control of one service, or of a part of the repository."""

    action, title, button = "request", "Ask for a waiver", "Ask for it"
    reason = forms.ChoiceField(label="Reason", choices=[("", "Choose a reason"), *Waiver.Reason.choices])
    text = _text("Why", "What makes it acceptable, and what happens before the last day. At least 20 characters.")
    expires_on = _last_day()
    path = forms.CharField(
        label="Only for these files",
        required=False,
        max_length=MAX_PATH,
        help_text="A glob from the top of the repository, such as charts/**. Empty: the whole control.",
    )

    def __init__(
        self,
        request: HttpRequest,
        service: Service,
        control: Control,
        path: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.service, self.control, self.asked_path = service, control, path
        super().__init__(request, data)

    def start(self) -> dict[str, Any]:
        return {"expires_on": today() + USUAL, "path": self.asked_path}

    def act(self) -> Waiver:
        said = self.cleaned_data
        return request_waiver(
            service=self.service,
            control=self.control.id,
            reason=said["reason"],
            text=said["text"],
            expires_on=said["expires_on"],
            path=said["path"].strip(),
            by=self.by,
            at=timezone.now(),
            standards=self.standards,
        )


class WaiverStep(WaiverForm):
    """A step of a waiver that was asked for."""

    def __init__(self, request: HttpRequest, waiver: Waiver, data: Mapping[str, Any] | None = None) -> None:
        self.waiver = waiver
        super().__init__(request, data)

    @property
    def step(self) -> dict[str, Any]:
        return {"by": self.by, "at": timezone.now(), "standards": self.standards}


class Approve(WaiverStep):
    action, title, button = "approve", "Approve", "Approve"
    says = "From now until its last day what it covers is waived: outside the score, and told as waived."
    decision = _text("Remark", required=False)

    def act(self) -> Waiver:
        return approve_waiver(self.waiver, decision=self.cleaned_data["decision"], **self.step)


class Deny(WaiverStep):
    action, title, button, danger = "deny", "Deny", "Deny", True
    decision = _text("Why not", "Whoever asked reads this.")

    def act(self) -> Waiver:
        return deny_waiver(self.waiver, decision=self.cleaned_data["decision"], **self.step)


class Revoke(WaiverStep):
    """Ends it early; before it was decided, takes the request back."""

    action, title, button, danger = "revoke", "End it now", "End it", True
    says = "What it covers counts again at once."
    decision = _text("Why", required=False)

    def act(self) -> Waiver:
        return revoke_waiver(self.waiver, decision=self.cleaned_data["decision"], **self.step)


class Withdraw(Revoke):
    action, title, button = "withdraw", "Take the request back", "Take it back"
    says = ""


class Renew(WaiverStep):
    action, title, button = "renew", "Ask to renew it", "Ask for it"
    says = "A request of its own, which another person decides. How often a waiver was renewed is told with it."
    expires_on = _last_day()
    text = _text("Why it is still needed", "At least 20 characters.")

    def start(self) -> dict[str, Any]:
        return {"expires_on": max(self.waiver.expires_on, today()) + USUAL}

    def act(self) -> Waiver:
        said = self.cleaned_data
        return renew_waiver(self.waiver, expires_on=said["expires_on"], text=said["text"], **self.step)


def steps_of(request: HttpRequest, waiver: Waiver, day: date) -> list[type[WaiverStep]]:
    """The steps that the reader may take with the waiver as it is."""
    found: list[type[WaiverStep]] = []
    asked, holds = waiver.state == State.REQUESTED, waiver.state == State.APPROVED and waiver.expires_on >= day
    if asked and access.may_decide_waiver(request.user, waiver):
        found += [Approve, Deny]
    if (asked or holds) and access.may_revoke_waiver(request.user, waiver):
        found.append(Withdraw if asked else Revoke)
    renewable = waiver.state == State.APPROVED and not waiver.renewed_by.filter(state=State.REQUESTED).exists()
    if renewable and access.may_request_waiver(request.user, waiver.service):
        found.append(Renew)
    return found
