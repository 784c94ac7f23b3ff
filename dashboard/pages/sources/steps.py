"""What staff may do to a source, each a small form: rename, pause, secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from dashboard import formats
from dashboard.pages.act_form import ActForm
from dashboard.pages.sources.around import operator
from ingest.errors import AccessDenied
from ingest.inbox import manage
from ingest.inbox.secrets import fingerprint, unseal
from ingest.models import Source
from ingest.parsers.senders import SENDERS

NAME_SHOWN = 6  # characters of a fingerprint


class Step(ActForm[str]):
    """One change of a source; a sentence on it. ``shown``: a secret that is shown this once."""

    refusals = (manage.SourceRefused, AccessDenied)
    shown: str = ""

    def __init__(self, request: HttpRequest, source: Source, data: Mapping[str, Any] | None = None) -> None:
        self.source = source
        super().__init__(request, data)

    @property
    def operator(self) -> str:
        return operator(self.request).get_username()


class Rename(Step):
    action, title, button = "rename", "Name", "Rename"
    name = forms.CharField(label="Name", max_length=manage.MAX_NAME)

    def start(self) -> dict[str, Any]:
        return {"name": self.source.name}

    def act(self) -> str:
        manage.rename(self.source, self.cleaned_data["name"], by=self.operator)
        return f"The source is called {self.source.name}."


class Pause(Step):
    action, title, button = "pause", "Pause", "Pause"
    says = "What comes is kept and waits; nothing is lost."

    def act(self) -> str:
        manage.pause(self.source, timezone.now(), by=self.operator)
        return f"{self.source.name} is paused: what comes is kept and waits."


class Resume(Step):
    action, title, button = "resume", "Resume", "Resume"
    says = "What waits is read, in its order."

    def act(self) -> str:
        manage.resume(self.source, by=self.operator)
        return f"{self.source.name} goes on; what waited is being read."


class MakeSecret(Step):
    action, title, button = "make-secret", "A new secret", "Make a new secret"
    says = "It is valid beside the old ones, so the sender can be changed without a gap."
    newest = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def start(self) -> dict[str, Any]:
        return {"newest": newest_of(self.source)}

    def act(self) -> str:
        self.shown = manage.add_secret(self.source, newest=self.cleaned_data["newest"], by=self.operator)
        return "Here is the new secret. Give it to the sender, then retire the old one."


class EnterSecret(MakeSecret):
    action, title, button = "enter-secret", "A secret that the sender made", "Keep this secret"
    says = "Where the sender makes the secret itself and shows it, as PagerDuty does."
    secret = forms.CharField(
        label="Secret",
        min_length=manage.SHORT,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def act(self) -> str:
        told = self.cleaned_data["secret"]
        manage.add_secret(self.source, newest=self.cleaned_data["newest"], by=self.operator, secret=told)
        return "The secret is kept. What it signs is taken from now on."


class Retire(Step):
    action, title, button, danger = "retire", "Retire a secret", "Retire", True
    secret = forms.CharField(widget=forms.HiddenInput, max_length=40)

    @property
    def question(self) -> str:
        if not self.is_bound or self.errors or self.data.get("confirm") == "1":
            return ""
        used = self.source.secret_uses.get(self.cleaned_data["secret"])
        told = f"It was last used {formats.relative(datetime.fromisoformat(used), timezone.now())}." if used else ""
        name = self.cleaned_data["secret"][:NAME_SHOWN]
        return f"What is signed with the secret {name} is refused from then on. {told or 'It was never used.'}"

    def act(self) -> str:
        manage.retire_secret(self.source, self.cleaned_data["secret"], by=self.operator)
        return "The secret is retired: what it signs is refused."


def newest_of(source: Source) -> str:
    """The fingerprint of the newest secret; empty where there is none that can be read."""
    try:
        plain = unseal(source.secrets)
    except AccessDenied:
        return ""
    return fingerprint(plain[0]) if plain else ""


def steps_of(source: Source) -> list[type[Step]]:
    """What may be done to it as it is."""
    found: list[type[Step]] = [Resume if source.paused_at else Pause, Rename]
    return [*found, MakeSecret, EnterSecret, Retire] if source.kind in SENDERS else found
