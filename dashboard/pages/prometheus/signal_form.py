"""The form of a signal: a query, and which of its labels says what. It can be tried before it is saved."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.pages.change import Day
from dashboard.pages.prometheus.texts import without_nul
from ingest.models import PrometheusServer, Signal, SignalKind
from ingest.prometheus.named import known_services
from ingest.prometheus.signal_settings import change_signal, draft_signal, make_signal, said_of
from ingest.prometheus.told import MAX_NAME, MAX_QUERY, Refused, SignalSaid

MORE = ("environment_label", "status_label", "succeeded", "failed", "scenario_label", "services", "since")
ONLY = {
    "status_label": ("deployments",),
    "succeeded": ("deployments",),
    "failed": ("deployments",),
    "scenario_label": ("gameday_score", "gameday_mttr"),
    "since": ("deployments", "rollback_duration", "gameday_score", "gameday_mttr"),
}
STANDS_FOR = " = "
LARGE = 400_000  # characters
AT_ONCE = 200  # values that are mapped with one form


class SignalForm(forms.Form):
    """A signal that is to be made, or one that is to be changed."""

    kind = forms.ChoiceField(label="What it tells", choices=SignalKind.choices)
    name = forms.CharField(label="Name", max_length=MAX_NAME)
    query = forms.CharField(
        label="Query", max_length=MAX_QUERY, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    )
    service_label = forms.CharField(label="Label that names the service", max_length=100)
    environment = forms.CharField(
        label="Environment", max_length=200, help_text="Of all that it tells, where no label does."
    )
    environment_label = forms.CharField(label="Label that names the environment", max_length=100, required=False)
    status_label = forms.CharField(
        label="Label that tells how it went", max_length=100, help_text="Of deployments.", required=False
    )
    succeeded = forms.CharField(
        label="Values that mean succeeded",
        max_length=5_000,
        required=False,
        help_text="With commas. Empty: success, ok.",
    )
    failed = forms.CharField(
        label="Values that mean failed",
        max_length=5_000,
        required=False,
        help_text="With commas. Empty: failed, error.",
    )
    scenario_label = forms.CharField(
        label="Label that names the scenario", max_length=100, help_text="Of gamedays.", required=False
    )
    services = forms.CharField(
        label="Values that stand for a service of another name",
        required=False,
        max_length=LARGE,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "payment-svc = pay"}),
        help_text="One a line.",
    )
    since = Day(label="Read from", ahead=0, required=False, help_text="Empty: 90 days back.")

    def __init__(
        self,
        server: PrometheusServer,
        signal: Signal | None = None,
        data: QueryDict | None = None,
        start: SignalSaid | None = None,
    ) -> None:
        self.server, self.signal = server, signal
        self.mapped: dict[str, str] = {}
        self.refused_values: list[str] = []
        told = said_of(signal) if signal else start or SignalSaid("", "deployments", "")
        super().__init__(without_nul(data), initial=_shown(told), auto_id="signal-%s", label_suffix="")
        if signal is not None:
            self.fields["kind"].disabled = True
        for name, kinds in ONLY.items():
            if self._kind() not in kinds:
                del self.fields[name]
        self.held = told

    def _kind(self) -> str:
        told = self.data.get("kind") if self.is_bound and self.signal is None else self.initial["kind"]
        return str(told)

    @property
    def main(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in MORE]

    @property
    def more(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in MORE]

    @property
    def opens(self) -> bool:
        """Whether what few signals need is shown at once."""
        return any(field.errors for field in self.more)

    def clean(self) -> dict[str, Any]:
        """Adds the values that were mapped beside what was tried."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if isinstance(self.data, QueryDict):
            self._map(self.data)
        return said

    def _map(self, data: QueryDict) -> None:
        pairs = zip(data.getlist("label_value")[:AT_ONCE], data.getlist("stands_for")[:AT_ONCE], strict=False)
        wanted = {value: name.strip() for value, name in pairs if name.strip()}
        known = known_services(wanted.values())
        for value, name in wanted.items():
            if name in known:
                self.mapped[value] = name
            else:
                self.refused_values.append(value)
                self.add_error(None, f"There is no service called “{name[:100]}”. Choose one of the list.")

    def said(self) -> SignalSaid | None:
        """What the form tells; ``None`` where something is to mend."""
        if not self.is_valid():
            return None
        told = self.cleaned_data
        try:
            services = {**services_of(told["services"]), **self.mapped}
        except Refused as refused:
            self.add_error("services", str(refused))
            return None
        return SignalSaid(
            name=told["name"],
            kind=told["kind"],
            query=told["query"],
            service_label=told["service_label"].strip(),
            environment=told["environment"].strip(),
            environment_label=told["environment_label"].strip(),
            status_label=(told.get("status_label") or self.held.status_label).strip(),
            scenario_label=(told.get("scenario_label") or self.held.scenario_label).strip(),
            succeeded=words_of(told.get("succeeded", "")),
            failed=words_of(told.get("failed", "")),
            services=services,
            since=told.get("since"),
        )

    def drafted(self) -> Signal | None:
        """The signal as it would be, to try it; ``None`` where something is to mend."""
        said = self.said()
        if said is None:
            return None
        try:
            return draft_signal(self.server, said)
        except Refused as refused:
            self.refuse(refused)
            return None

    def store(self, *, by: str) -> Signal | None:
        """Make or change it; ``None`` where something is to mend."""
        said = self.said()
        if said is None:
            return None
        try:
            if self.signal is None:
                return make_signal(self.server, said, by=by)
            change_signal(self.signal, said, by=by)
        except Refused as refused:
            self.refuse(refused)
            return None
        return self.signal

    def refuse(self, refused: Refused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))

    def show_mapped(self, said: SignalSaid) -> None:
        """Write values that were mapped into their field, so that they are saved with the next button."""
        if self.mapped and isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data["services"] = lines_of(said.services)


def words_of(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def services_of(text: str) -> dict[str, str]:
    """Lines such as ``payment-svc = pay``. Raises ``Refused``."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        value, between, name = line.rpartition("=")
        if not between or not value.strip() or not name.strip():
            raise Refused(f"“{line[:60]}” can't be read. Write value = service, one a line.", "services")
        found[value.strip()] = name.strip()
    return found


def lines_of(services: "dict[str, str] | Any") -> str:
    return "\n".join(f"{value}{STANDS_FOR}{name}" for value, name in sorted(services.items()))


def _shown(said: SignalSaid) -> dict[str, Any]:
    """What the fields hold before anybody typed."""
    return {
        "kind": said.kind,
        "name": said.name,
        "query": said.query,
        "service_label": said.service_label,
        "environment": said.environment,
        "environment_label": said.environment_label,
        "status_label": said.status_label,
        "scenario_label": said.scenario_label,
        "succeeded": _listed(said.succeeded),
        "failed": _listed(said.failed),
        "services": lines_of(said.services),
        "since": said.since,
    }


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
