"""The form of a server: what is asked, and what signs in there. What is secret is never shown again."""

from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.pages.prometheus.texts import without_nul
from ingest.errors import AccessDenied
from ingest.models import PrometheusServer
from ingest.prometheus import servers
from ingest.prometheus.told import MAX_NAME, MAX_PEM, MAX_SECRET, MAX_TIMEOUT, MAX_URL, MIN_TIMEOUT, WAYS, Refused

SECRETS = tuple(name for way in WAYS for name in way)
MORE = ("certificate", "key", "tenant", "ca", "timeout", "plain_http", "forget")
PEM = {"rows": 3, "autocomplete": "off", "spellcheck": "false"}


class ServerForm(forms.Form):
    """A server that is to be made, or one that is to be changed."""

    name = forms.CharField(label="Name", max_length=MAX_NAME, help_text="What people here call it.")
    url = forms.CharField(label="Address", max_length=MAX_URL, help_text="Such as http://prometheus:9090.")
    token = forms.CharField(
        label="Token", required=False, max_length=MAX_SECRET, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    username = forms.CharField(
        label="or user", required=False, max_length=MAX_SECRET, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label="with password",
        required=False,
        max_length=MAX_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    certificate = forms.CharField(
        label="or a certificate", required=False, max_length=MAX_PEM, widget=forms.Textarea(attrs=PEM), help_text="PEM."
    )
    key = forms.CharField(
        label="with its key",
        required=False,
        max_length=MAX_PEM,
        widget=forms.Textarea(attrs=PEM),
        help_text="PEM, without a password.",
    )
    tenant = forms.CharField(label="Tenant", required=False, max_length=200, help_text="Sent as X-Scope-OrgID.")
    ca = forms.CharField(
        label="Authority",
        required=False,
        max_length=MAX_PEM,
        widget=forms.Textarea(attrs=PEM),
        help_text="The certificate of the authority that signed the server's, as PEM. Empty: the usual ones.",
    )
    timeout = forms.IntegerField(
        label="Timeout", min_value=MIN_TIMEOUT, max_value=MAX_TIMEOUT, help_text="Seconds for one answer."
    )
    plain_http = forms.BooleanField(
        label="Credentials may go over plain http",
        required=False,
        help_text="Whoever listens between here and the server can read them then.",
    )
    forget = forms.BooleanField(label="Forget the credentials that are stored", required=False)

    def __init__(self, server: PrometheusServer | None = None, data: QueryDict | None = None) -> None:
        self.server = server
        told: dict[str, Any] = {"timeout": servers.SECONDS}
        if server is not None:
            told = {"name": server.source.name, "url": server.url, "tenant": server.tenant, "ca": server.ca}
            told["timeout"] = server.timeout_seconds
        super().__init__(without_nul(data), initial=told, auto_id="server-%s", label_suffix="")
        if server is None or not server.source.credentials:
            del self.fields["forget"]

    @property
    def main(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in MORE]

    @property
    def more(self) -> list[forms.BoundField]:
        """What few servers need. Keys and certificates are not shown again."""
        return [field for field in self if field.name in MORE]

    @property
    def opens(self) -> bool:
        """Whether what few need is shown at once."""
        return any(field.errors for field in self.more) or bool(self.server and (self.server.ca or self.server.tenant))

    def made(self) -> PrometheusServer | None:
        """The server as it would be, not stored; ``None`` where something is to mend."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        given = {name: said[name] for name in SECRETS if said[name]}
        told = {name: said[name] for name in ("name", "url", "tenant", "ca", "timeout", "plain_http")}
        try:
            if self.server is None:
                return servers.draft(**told, credentials=given)
            kept: dict[str, str] | None = {} if said.get("forget") else None
            return servers.changed(self.server, **told, credentials=given or kept)
        except (Refused, AccessDenied) as refused:
            self.refuse(refused)
            return None

    def store(self, made: PrometheusServer, *, by: str) -> PrometheusServer | None:
        """Store what ``made`` gave; ``None`` where its name is taken."""
        try:
            if self.server is None:
                return servers.connect(made, by=by)
            servers.change(self.server, made, by=by)
        except Refused as refused:
            self.refuse(refused)
            return None
        return self.server

    def refuse(self, refused: Exception) -> None:
        field = getattr(refused, "field", "")
        self.add_error(field if field in self.fields else None, str(refused))

    def without_secrets(self) -> None:
        """Take keys out of what is shown again. A password field never shows its own."""
        if isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data["key"] = ""
