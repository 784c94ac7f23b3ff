"""The form of a channel of a chat."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from dashboard import access
from dashboard.chat.address import BadAddress, checked, host_of
from dashboard.chat.message import BUDGET, INCIDENT, SOURCE
from dashboard.models import ChatChannel
from dashboard.pages.change import Choice
from dashboard.reports.when import HOURS, WEEKDAYS, Zone
from ingest.inbox.secrets import seal
from ingest.models.catalogue import UNASSIGNED

NOT_TOLD = ""
DAYS = {NOT_TOLD: "not told"} | {str(number): f"each {name}" for number, name in enumerate(WEEKDAYS)}
PERIODS = {
    NOT_TOLD: "not told",
    "0": "each at once",
    "15": "at once, then quiet for 15 min",
    "60": "at once, then quiet for 1 h",
    "240": "at once, then quiet for 4 h",
    "1440": "at once, then quiet for 1 d",
}
DEFAULTS = {BUDGET: "60", INCIDENT: "60", SOURCE: NOT_TOLD}
EMPTY_KEEPS = "It is stored and not shown again. Leave this empty to keep it."


def _period(label: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(PERIODS.items()), required=False, **options)


FIELDS = ("name", "kind", "team", "hour", "zone")


class ChannelForm(forms.Form):
    """Where to, of what, and when. The address is taken and never shown again."""

    name = forms.CharField(label="Name", max_length=100, help_text="As people call the channel, such as #pay.")
    kind = forms.ChoiceField(label="Chat", choices=ChatChannel.Kind.choices)
    address = forms.CharField(
        label="Address of the webhook",
        max_length=2_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Who has it can write to the channel: it is stored encrypted, and never shown again.",
    )
    team = Choice(label="Told of", required=False, empty_label="The whole organisation")
    digest = forms.ChoiceField(label="The weekly digest", choices=list(DAYS.items()), required=False, initial="0")
    hour = forms.TypedChoiceField(label="Hour of the digest", choices=HOURS, coerce=int, initial=8)
    zone = Zone(label="Its time zone")
    budget = _period("An error budget comes to another step", initial=DEFAULTS[BUDGET])
    incident = _period("A sev1 incident is opened or resolved", initial=DEFAULTS[INCIDENT])
    source = _period("A source falls silent or is heard again", help_text="For channels of the whole organisation.")

    def __init__(self, person: User, data: Mapping[str, Any] | None = None, channel: ChatChannel | None = None) -> None:
        self.channel = channel
        initial = _initial(channel) if channel is not None else {"zone": settings.TIME_ZONE}
        super().__init__(data, initial=initial, auto_id="chat-%s", label_suffix="")
        if channel is not None:
            self.fields["address"].required = False
            self.fields["address"].help_text = EMPTY_KEEPS
        teams = access.led_teams(person).filter(retired_on=None).exclude(slug=UNASSIGNED).order_by("name")
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        if not access.may_operate(person):
            self.fields["team"].required = True
            self.fields["team"].empty_label = None  # type: ignore[attr-defined]
            del self.fields["source"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError("Use letters, digits, spaces and signs that can be seen.")
        return name

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if not address:
            return ""
        try:
            return checked(address, settings.CHAT_HOSTS)
        except BadAddress as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("source") and said.get("team") is not None:
            self.add_error("source", "Sources belong to no team. Choose not told, or the whole organisation.")
        if not said.get("digest") and not any(said.get(kind) for kind in DEFAULTS):
            self.add_error("digest", "The channel would be told nothing. Choose the digest or an alert.")
        return said

    def told(self) -> ChatChannel:
        """The channel as it would be, not stored."""
        said, channel = self.cleaned_data, self.channel or ChatChannel()
        for name in FIELDS:
            setattr(channel, name, said[name])
        channel.digest = bool(said["digest"])
        channel.weekday = int(said["digest"] or channel.weekday)
        channel.alerts = {kind: int(said[kind]) for kind in DEFAULTS if said.get(kind)}
        if said["address"]:
            [channel.address] = seal([said["address"]])
            channel.host = host_of(said["address"])
        return channel


def _initial(channel: ChatChannel) -> dict[str, Any]:
    periods = {kind: str(channel.alerts[kind]) if kind in channel.alerts else NOT_TOLD for kind in DEFAULTS}
    team = channel.team.slug if channel.team is not None else ""
    day = str(channel.weekday) if channel.digest else NOT_TOLD
    return {name: getattr(channel, name) for name in FIELDS} | periods | {"team": team, "digest": day}
