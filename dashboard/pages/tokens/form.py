"""The form that makes an API token."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from dashboard import access
from dashboard.models import ApiToken
from dashboard.pages.change import Choice, Day
from dashboard.pages.compared import today
from ingest.window import DAY, midnight

Scope = ApiToken.Scope
SCOPES = {
    Scope.READ: "read: what pages show, for BI tools",
    Scope.INGEST: "ingest: send events and results, for pipelines",
    Scope.ADMIN: "admin: read, send, and change the catalogue",
}
ON_DAY, NEVER = "day", "never"
PERIODS = {"30": "30 days", "90": "90 days", "365": "365 days", ON_DAY: "until a day"}
UNENDING = {NEVER: "never: only where nothing can renew it"}
KEY = r"[0-9a-f]{8}"


class TokenForm(forms.Form):
    """What the token is for, what it may, and until when; ``confirmed``: the password was given lately."""

    name = forms.CharField(label="Name", max_length=200, help_text="What it is for, such as Power BI of finance.")
    scope = forms.ChoiceField(label="What it may")
    team = Choice(label="Team", required=False, empty_label="The whole organisation")
    expires = forms.ChoiceField(label="Ends after", initial="90")
    on = Day(label="Last day", required=False, help_text="Where it ends with a day.")
    key = forms.RegexField(KEY, widget=forms.HiddenInput)  # the form sent twice makes one token
    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4_096,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        help_text="Asked for where you signed in more than 15 minutes ago.",
    )

    def __init__(self, person: User, data: Mapping[str, Any] | None = None, *, confirmed: bool = False) -> None:
        self.person = person
        super().__init__(data, initial={"key": secrets.token_hex(4)}, auto_id="token-%s", label_suffix="")
        if confirmed:
            del self.fields["password"]
        staff = access.may_operate(person)
        teams = access.led_teams(person).filter(retired_on=None)
        scopes = {one: says for one, says in SCOPES.items() if staff or one == Scope.READ}
        self.fields["scope"].choices = list(scopes.items())  # type: ignore[attr-defined]
        self.fields["expires"].choices = list((PERIODS | (UNENDING if staff else {})).items())  # type: ignore[attr-defined]
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        if not staff:
            self.fields["team"].required = True
            self.fields["team"].empty_label = None  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError("Use letters, digits, spaces and signs that can be seen.")
        return name

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("expires") == ON_DAY and not said.get("on") and "on" not in self.errors:
            self.add_error("on", "Choose the last day.")
        elif said.get("on") and said.get("expires") == ON_DAY and said["on"] < today():
            self.add_error("on", "Choose today or a day to come.")
        return said

    def expires_at(self, now: datetime) -> datetime | None:
        """When it ends: so many days from now, or with the end of the chosen day."""
        said = self.cleaned_data
        if said["expires"] == NEVER:
            return None
        if said["expires"] == ON_DAY:
            return midnight(said["on"] + DAY, settings.ORGANISATION_ZONE)
        return now + timedelta(days=int(said["expires"]))
