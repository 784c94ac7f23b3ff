"""GitHub read by its API: what to sign in with, what that sees, how far reading is, what was refused."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict

from dashboard.filters import EARLIEST
from dashboard.formats import number
from ingest.errors import AccessDenied, SourceUnavailable
from ingest.github.access import check
from ingest.github.client import AGAIN
from ingest.github.credentials import App, ConnectionRefused, Credentials, Token, checked_url, credentials_of
from ingest.github.status import SyncStatus, connect, status_of
from ingest.inbox.manage import log_change
from ingest.models import Source

MAX_KEY = 20_000
NOTHING = "Nothing is stored yet: look whether the address is right, and try again."
ONCE = ("repository", "owner")  # read once each, which the number of repositories tells


class ConnectForm(forms.Form):
    """Sign in at GitHub, look at what that sees, and begin to read. What is secret is never shown again."""

    owner = forms.CharField(label="Organisation or user", max_length=100, help_text="Its login at GitHub.")
    token = forms.CharField(
        label="Token",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Read access to contents, metadata, pull requests, deployments, actions and issues.",
    )
    app_id = forms.CharField(label="or a GitHub App: its id", required=False, max_length=40)
    private_key = forms.CharField(
        label="The App's private key",
        required=False,
        max_length=MAX_KEY,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(
        label="From",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Read what happened from this day on. Empty: all.",
    )
    api_url = forms.CharField(label="Address of the API", max_length=300, help_text="Another for GitHub Enterprise.")

    def __init__(self, source: Source, data: QueryDict | None = None) -> None:
        self.source = source
        status = status_of(source)
        told = {"api_url": settings.GITHUB_API_URL} if status is None else {
            "owner": status.owner, "api_url": status.api_url, "since": status.since,
        }  # fmt: skip
        super().__init__(data, initial=told, auto_id="github-%s", label_suffix="")

    def clean_token(self) -> str:
        """What can stand in a header; anything else was copied badly, and GitHub would never see it."""
        token = str(self.cleaned_data["token"]).strip()
        if not all("!" <= letter <= "~" for letter in token):
            raise forms.ValidationError("A token has no blanks and no letters with accents. Copy it again.")
        return token

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(said.get("app_id")) != bool(said.get("private_key")):
            self.add_error("private_key", "An App needs both its id and its private key.")
        if said.get("app_id") and said.get("token"):
            self.add_error("token", "Give a token or an App, not both.")
        if said.get("since") and said["since"] < EARLIEST:
            self.add_error("since", "Choose a day from 2000 on.")
        return said

    def attempt(self, by: str) -> str:
        """Check, then connect; what GitHub showed, or an empty text where something is to mend."""
        if not self.is_valid():
            return ""
        said, given = self.cleaned_data, self._given()
        try:
            used = given or self._held()
            seen = check(used, said["api_url"], said["owner"])
            connect(self.source, said["owner"], given, api_url=said["api_url"], since=said["since"])
        except (ConnectionRefused, AccessDenied, SourceUnavailable) as refused:
            self.add_error(None, str(refused).replace(AGAIN, NOTHING))
            return ""
        log_change(self.source, by, f"connected to {said['owner']} by GitHub's API")
        return f"{seen.text} Reading begins by itself in a moment."

    def _given(self) -> Credentials | None:
        said = self.cleaned_data
        if said["token"]:
            return Token(said["token"])
        return App(said["app_id"].strip(), said["private_key"].replace("\r\n", "\n")) if said["app_id"] else None

    def _held(self) -> Credentials:
        """What the source has, which goes nowhere but where it was given for; else the environment's.

        Raises:
            ConnectionRefused: the address is another one, which would get to see it.
        """
        url = checked_url(self.cleaned_data["api_url"])
        status = status_of(self.source) if self.source.credentials else None
        if self.source.credentials and (status is None or status.api_url != url):
            raise ConnectionRefused(
                "What is stored to sign in with is for another address. Enter it anew for this one."
            )
        return credentials_of(self.source, url)

    def without_secrets(self) -> None:
        """Take the private key out of what is shown again. A password field never shows its own."""
        if self.is_bound and isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data["private_key"] = ""


def context(source: Source, connecting: ConnectForm | None) -> dict[str, Any]:
    """How reading stands, and the form."""
    form = connecting or ConnectForm(source)
    form.without_secrets()
    sync = status_of(source)
    return {"sync": sync, "counts": counts(sync), "reading": _reading(sync), "connecting": form}


def counts(sync: SyncStatus | None) -> list[str]:
    """What was read, in words, such as "180 pull requests"."""
    told = sync.counts.items() if sync else ()
    return [f"{number(count)} {name.replace('_', ' ')}" for name, count in told if name not in ONCE]


def _reading(sync: SyncStatus | None) -> bool:
    """Whether it changes by itself in a moment, so that the page looks again."""
    return sync is not None and (sync.state == "running" or (sync.state == "never" and not sync.error))
