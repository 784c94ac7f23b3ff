"""The form of a change: each choice with what stands beneath it, so that nothing has to be said twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from dashboard.pages.change import Day
from dashboard.pages.compared import today
from dashboard.pages.defining.shown import beneath, own, source_names
from dashboard.pages.defining.words import SECTIONS, STARTS, Choice, worded
from ingest.models import Team
from scorecards.definitions.change import MAX_REASON
from scorecards.definitions.values import ALL_SOURCES, LIMITS, NO_LIMIT, SPANS

MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form with its fields."""

    title: str
    fields: Sequence[BoundField]


class DefinitionsForm(forms.Form):
    """All choices of the organisation (``team`` is ``None``) or of a team. What is left open stays as it is beneath."""

    def __init__(self, team: Team | None, data: Any = None) -> None:
        self.team, self.beneath, self.names = team, beneath(team), source_names()
        said = own(team)
        super().__init__(data, initial={key: _typed(key, value) for key, value in said.items()}, label_suffix="")
        for section in SECTIONS:
            for key, choice in section.choices.items():
                self.fields[key] = self._field(key, choice)

    def parts(self) -> Iterator[Part]:
        for section in SECTIONS:
            yield Part(section.title, [self[key] for key in section.choices])

    def values(self) -> dict[str, Any]:
        """What was chosen, as definitions take it; ``None`` for what is left as it is beneath. Of a valid form."""
        return {key: _read(key, value) for key, value in self.cleaned_data.items()}

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong beside the fields."""
        for key, text in problems.items():
            self.add_error(key if key in self.fields else None, text)

    def _field(self, key: str, choice: Choice) -> forms.Field:
        whose = "the organisation" if self.team else "the settings" if key == "holidays" else "the standard"
        under = f"as {whose}: {worded(key, self.beneath.get(key), self.names)}"
        said: dict[str, Any] = {"label": choice.title, "help_text": choice.says, "required": False}
        if key == "sources":
            options = [(ALL_SOURCES, "all"), *((str(pk), name) for pk, name in self.names.items())]
            said["help_text"] += f" None ticked: {under}."
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **said)
        if key in ("environments", "holidays"):
            said["help_text"] += f" Empty: {under}."
            return forms.CharField(max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}), **said)
        if key in (*SPANS, *LIMITS):
            said["help_text"] += f" Empty: {under}."
            return forms.CharField(max_length=10, widget=forms.TextInput(attrs={"size": 8}), **said)
        values = list(STARTS.items()) if key == "lead_time_from" else [("yes", "yes"), ("no", "no")]
        return forms.ChoiceField(choices=[("", under), *values], **said)


class SavingForm(forms.Form):
    """The last step: from when on, and why."""

    since = Day(label="From", help_text="Figures of earlier days stay as they are. An earlier day moves them.")
    reason = forms.CharField(
        label="Why",
        max_length=MAX_REASON,
        help_text="It stands on the trends.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"since": today()}, label_suffix="")


def _typed(key: str, value: Any) -> Any:
    """A value as it stands in its field."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "sources":
        return [ALL_SOURCES] if value == ALL_SOURCES else [str(pk) for pk in value]
    if key == "environments":
        return "\n".join(f"{glob} = {found}" for glob, found in value)
    return "\n".join(value) if key == "holidays" else value


def _read(key: str, typed: Any) -> Any:
    """What was typed as a value, which ``scorecards.definitions.values`` checks."""
    if typed in ("", []):
        return None
    if key == "sources":
        return ALL_SOURCES if ALL_SOURCES in typed else [int(pk) for pk in typed]
    if key == "environments":
        return [_pair(line) for line in typed.splitlines() if line.strip()]
    if key == "holidays":
        return typed.replace(",", " ").split()
    if key in (*SPANS, *LIMITS):
        text = typed.strip().lower()
        return int(text) if text.isascii() and text.isdecimal() else NO_LIMIT if text == NO_LIMIT else typed
    return typed if key == "lead_time_from" else typed == "yes"


def _pair(line: str) -> list[str]:
    glob, _, found = line.rpartition("=")
    return [glob.strip(), found.strip()]
