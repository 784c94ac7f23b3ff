"""What a source's parser is told, as a form: the options that most people need as fields, the rest as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from dashboard.how_to import how_to
from ingest.inbox.manage import SourceRefused, checked_options
from ingest.parsers.senders import SENDERS

MAX_JSON = 20_000
LABELS = {
    "deploys_by": ("What counts as a deployment", "One of them, so that nothing counts twice."),
    "environment": ("Environment", "Where none is named."),
    "environment_from": ("What names the environment", "Where no label does."),
    "environment_keys": ("Labels that name the environment", ""),
    "service_keys": ("Labels that name the service", "The first that is there counts."),
    "workflows": ("Workflows that deploy", "Names or file names. Needed where workflow runs are the deployments."),
    "pipelines": ("Pipelines that deploy", "Names; * stands for anything."),
    "stages": ("Stages that deploy", "Names; * stands for anything."),
    "jobs": ("Jobs that deploy", "Names with their folders; * stands for anything."),
    "statuses": ("Statuses that deploy", "Names of commit statuses; * stands for anything."),
    "tags": ("Tags that are versions", "Names; * stands for anything."),
    "branches": ("Branches that count", "Names; * stands for anything."),
    "objects": ("What deploys", "Names of Kustomizations and Helm releases; * stands for anything."),
    "cluster": ("Cluster", "Tells things of one name in several clusters apart."),
    "config_repositories": ("Repositories of manifests alone", "Their commits are no changes of the service."),
    "alerts": ("Alerts that are incidents", "Names, or label=value; * stands for anything. Empty: those that page."),
    "one_incident_per": ("One incident for each", "Alerts of a group that overlap, or each alert."),
    "incident_labels": ("Labels that make an issue an incident", ""),
}
WORDS = {"option": "The environment above", "runs": "Whole runs", "group": "Group of alerts", "alert": "Alert"}
SEVERAL = "Several with commas."


class OptionsForm(forms.Form):
    """Options of a source of ``kind``. ``told``: what stands there before anybody typed."""

    more = forms.CharField(
        label="Options as JSON",
        required=False,
        max_length=MAX_JSON,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="Every other option of this kind, by name.",
    )

    def __init__(self, kind: str, data: Mapping[str, Any] | None = None, told: Mapping[str, Any] | None = None) -> None:
        self.kind = kind
        self.defaults = SENDERS[kind].options({})
        super().__init__(data, label_suffix="")
        rest = dict(told or {})
        for name, choices in how_to(kind).options.items():
            if hasattr(self.defaults, name):
                self.fields[name] = self._field(name, choices)
                self.initial[name] = self._shown(name, rest)
        self.initial["more"] = json.dumps(rest, indent=2, ensure_ascii=False) if rest else ""
        self.order_fields(["name", *how_to(kind).options, "more"])

    def _field(self, name: str, choices: tuple[str, ...]) -> forms.Field:
        label, hint = LABELS.get(name, (name.replace("_", " ").capitalize(), ""))
        default = getattr(self.defaults, name)
        hint = f"{hint} {SEVERAL}".strip() if isinstance(default, tuple) and not choices else hint
        hint = f"{hint} Option {name}.".strip()  # as messages, the JSON and the command line call it
        if choices:
            listed = [("", f"{_words(str(default))} (usual)")]
            listed += [(one, _words(one)) for one in choices if one != default]
            return forms.ChoiceField(label=label, help_text=hint, required=False, choices=listed)
        several = isinstance(default, tuple)
        widget = forms.TextInput(attrs={"placeholder": ", ".join(map(str, default)) if several else str(default)})
        return forms.CharField(label=label, help_text=hint, required=False, max_length=2_000, widget=widget)

    def _shown(self, name: str, rest: dict[str, Any]) -> str:
        """The value of a field, taken out of ``rest``, where a field can hold it."""
        value = rest.get(name)
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            del rest[name]
            return value if isinstance(value, str) else ", ".join(value)
        return ""

    def clean(self) -> dict[str, Any]:
        """Adds ``options``; what the parser refuses stands beside its field."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        told = self._rest(said.get("more", ""))
        for name in how_to(self.kind).options:
            if said.get(name):
                told[name] = self._typed(name, said[name])
        if not self.errors:
            try:
                said["options"] = checked_options(self.kind, told)
            except SourceRefused as refused:
                self.add_error(refused.field if refused.field in self.fields else "more", str(refused))
        return said

    def _rest(self, text: str) -> dict[str, Any]:
        if not text.strip():
            return {}
        try:
            rest = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            self.add_error("more", f"This is not valid JSON: {str(error)[:200]}.")
            return {}
        if not isinstance(rest, dict):
            self.add_error("more", 'Write an object, such as {"tags": ["v*"]}.')
            return {}
        return rest

    def _typed(self, name: str, text: str) -> str | list[str]:
        if not isinstance(getattr(self.defaults, name), tuple):
            return text
        return [one for part in text.split(",") if (one := part.strip())]


class NewSourceForm(OptionsForm):
    """A source that is to be made. ``public_id``: its place in its address, so that one form makes one source."""

    name = forms.CharField(label="Name", max_length=200, help_text="What people here call it.")
    public_id = forms.CharField(widget=forms.HiddenInput, max_length=40)


def _words(name: str) -> str:
    return WORDS.get(name) or name.replace("_", " ").capitalize()
