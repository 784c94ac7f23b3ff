"""(pure) The YAML file of PROMETHEUS_CONFIG -> the servers and signals that it tells, and every problem by its line.

A bad entry is a problem and spoils no other. What is judged, such as ``slos``, is read elsewhere. Definition:
docs/prometheus.md.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from yaml.nodes import Node

from ingest.catalogue.documents import BadEntry, Entry, Problem, documents
from ingest.prometheus.told import (
    MAX_QUERY,
    MAX_SECRET,
    MAX_URL,
    Refused,
    SignalSaid,
    check_signal,
    checked_name,
    checked_tenant,
    checked_timeout,
    checked_url,
)

ELSEWHERE = ("slos", "error_budget_policy", "rollback_triggers", "rollback_procedures")
DOCUMENT = ("servers", "signals", *ELSEWHERE)
SECRETS = ("token", "password", "certificate", "key")  # each as NAME_env or NAME_file, never itself
SERVER = (
    "name",
    "url",
    "username",
    *(f"{name}_{way}" for name in SECRETS for way in ("env", "file")),
    "tenant",
    "ca_file",
    "timeout",
    "plain_http",
    "paused",
)
SIGNAL = (
    "name",
    "server",
    "kind",
    "query",
    "service_label",
    "status_label",
    "scenario_label",
    "environment",
    "environment_label",
    "succeeded",
    "failed",
    "services",
    "since",
    "paused",
)
TEXTS = ("service_label", "status_label", "scenario_label", "environment_label", "environment")
MAX_ENTRIES = 1_000
NOT_HERE = "does not belong in this file, which others may read. Name a variable in {0}_env, or a file in {0}_file."
SaidT = TypeVar("SaidT")


@dataclass(frozen=True, slots=True)
class ServerSaid:
    """A server as told. ``variables`` and ``files``: where its secrets stand, by their name (``told.WAYS``)."""

    name: str
    url: str
    line: int
    username: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    tenant: str = ""
    ca_file: str = ""
    timeout: int | None = None
    plain_http: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SignalEntry:
    said: SignalSaid
    line: int
    paused: bool = False


@dataclass(slots=True)
class Declared:
    """What the file tells. ``kept``: names of entries that can't be taken, by part: what they were before stays.

    ``readable``: whether one can tell what is not in it. Where not, nothing that it told before ends.
    """

    servers: list[ServerSaid] = field(default_factory=list)
    signals: list[SignalEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    kept: dict[str, set[str]] = field(default_factory=lambda: {"servers": set(), "signals": set()})
    readable: bool = True


def read_config(text: bytes) -> Declared:
    """Never raises for content."""
    found = Declared()
    try:
        nodes = list(documents(text))
        if len(nodes) > 1:
            raise BadEntry(nodes[1].start_mark.line + 1, "One document is wanted. Take out the line ---.")
        if nodes:
            _read_document(found, Entry(nodes[0]))
    except BadEntry as bad:
        found.problems.append(bad.problem)
        found.readable = False
    return found


def _read_document(found: Declared, entry: Entry) -> None:
    for name in sorted(entry.names() - set(DOCUMENT)):
        found.problems.append(entry.refuse(name, f"is not known here. Known are: {', '.join(DOCUMENT)}.").problem)
    _each(found, entry, "servers", _read_server, found.servers, lambda said: said.name)
    _each(found, entry, "signals", _read_signal, found.signals, lambda one: f"{one.said.server}/{one.said.name}")
    found.problems.sort()


def _each(
    found: Declared,
    entry: Entry,
    part: str,
    read: Callable[[Entry], SaidT],
    into: list[SaidT],
    name_of: Callable[[SaidT], str],
) -> None:
    """Read the entries of a list; of two with one name the first stands."""
    known: dict[str, int] = {}
    try:
        nodes = entry.items(part, MAX_ENTRIES)
    except BadEntry as bad:
        found.problems.append(bad.problem)
        found.readable = False
        return
    for node in nodes:
        try:
            one = Entry(node)
            said = read(one)
            name = name_of(said).casefold()
            if name in known:
                raise one.refuse("name", f"is that of another one already, in line {known[name]}, which stands.")
            known[name] = one.line
            into.append(said)
        except BadEntry as bad:
            found.problems.append(bad.problem)
            _keep(found, part, node)


def _keep(found: Declared, part: str, node: Node) -> None:
    """Remember of which entry the problem was."""
    try:
        name = Entry(node).text("name")
    except BadEntry:
        name = None
    if name is None:
        found.readable = False
    else:
        found.kept[part].add(name.casefold())


def _read_server(entry: Entry) -> ServerSaid:
    for name in SECRETS:
        if name in entry:
            raise entry.refuse(name, NOT_HERE.format(name))
    _check_names(entry, SERVER)
    variables = {name: told for name in SECRETS if (told := entry.text(f"{name}_env")) is not None}
    files = {name: told for name in SECRETS if (told := entry.text(f"{name}_file", MAX_URL)) is not None}
    for name in sorted(variables.keys() & files.keys()):
        raise entry.refuse(f"{name}_file", f"and “{name}_env” say the same. Leave one out.")
    with _by_line(entry):
        return ServerSaid(
            name=checked_name(entry.required("name"), "server"),
            url=checked_url(entry.required("url", MAX_URL)),
            line=entry.line,
            username=entry.text("username", MAX_SECRET) or "",
            variables=variables,
            files=files,
            tenant=checked_tenant(entry.text("tenant") or ""),
            ca_file=entry.text("ca_file", MAX_URL) or "",
            timeout=_timeout(entry),
            plain_http=_flag(entry, "plain_http"),
            paused=_flag(entry, "paused"),
        )


def _read_signal(entry: Entry) -> SignalEntry:
    _check_names(entry, SIGNAL)
    told = {name: text for name in TEXTS if (text := entry.text(name)) is not None}
    if "environment" in told and "environment_label" in told:
        raise entry.refuse("environment_label", "and “environment” are told. Leave out the one that does not hold.")
    with _by_line(entry):
        said = SignalSaid(
            name=checked_name(entry.required("name"), "signal"),
            kind=entry.required("kind"),
            query=_query(entry),
            server=entry.text("server") or "",
            succeeded=tuple(entry.texts("succeeded") or ()),
            failed=tuple(entry.texts("failed") or ()),
            services=_services(entry),
            since=entry.day("since"),
            **told,
        )
        check_signal(said)
    return SignalEntry(said, entry.line, _flag(entry, "paused"))


def _query(entry: Entry) -> str:
    text = entry.block("query", MAX_QUERY)
    if text is None:
        raise entry.refuse("query", "is required, such as deployments_total.")
    return text


def _services(entry: Entry) -> dict[str, str]:
    below = entry.child("services")
    if below is None:
        return {}
    return {value: below.required(value) for value in sorted(below.names())}


def _timeout(entry: Entry) -> int | None:
    text = entry.text("timeout")
    if text is None:
        return None
    try:
        return checked_timeout(float(text))
    except ValueError as error:
        raise entry.refuse("timeout", "is a number of seconds.") from error


def _flag(entry: Entry, name: str) -> bool:
    text = entry.text(name)
    if text not in (None, "true", "false"):
        raise entry.refuse(name, "is true or false.")
    return text == "true"


def _check_names(entry: Entry, known: tuple[str, ...]) -> None:
    for name in sorted(entry.names() - set(known)):
        raise entry.refuse(name, f"is not known here. Known are: {', '.join(known)}.")


@contextmanager
def _by_line(entry: Entry) -> Iterator[None]:
    """Tell a refusal by the line of its field."""
    try:
        yield
    except Refused as refused:
        raise BadEntry(entry.line_of(refused.field), str(refused)) from refused
