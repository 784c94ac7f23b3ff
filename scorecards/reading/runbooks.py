"""(pure) Alerts that page, and whether the runbooks that they name are there."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, texts
from scorecards.reading.rules import PAGING, RuleFile, rule_files
from scorecards.reading.secret_names import is_placeholder
from scorecards.reading.slos import MAX_SLOS, SloDocument, documents
from scorecards.reading.subject import Subject

SECTIONS: dict[str, re.Pattern[str]] = {
    "symptoms": re.compile(r"symptom|meaning|overview|summary|description|impact|alert|what", re.I),
    "diagnosis": re.compile(r"diagnos|investigat|debug|triage|troubleshoot|analys|check", re.I),
    "mitigation": re.compile(r"mitigat|resol|remediat|fix|action|recover|workaround|steps|procedure|how to", re.I),
    "escalation": re.compile(r"escalat|contact|on-?call|who to|owner|help|support", re.I),
}
MAX_TEXT = 100_000
_PLACES_OF_CODE = re.compile(r"/(?:-/)?(?:blob|tree|raw|src|edit|wiki)/", re.I)
_TEMPLATE = re.compile(r"\{\{|\$\{|\$\(|%\(|<<")

Answer = Literal["found", "bare", "lost", "unknown", "none"]


class Link(NamedTuple):
    """Where an alert's runbook leads: ``bare`` is a page that lacks ``why``; ``lost`` one that is not there."""

    answer: Answer
    why: str = ""


class PagingAlert(NamedTuple):
    """An alert that wakes somebody. ``target`` is empty where it names no runbook."""

    name: str
    target: str
    place: Place
    templated: bool


@dataclass(frozen=True, slots=True)
class AlertDocument:
    """A rule file or document of objectives with its paging alerts."""

    unit: str
    path: str
    place: Place
    alerts: tuple[PagingAlert, ...]


def alert_documents(tree: RepositoryTree) -> list[AlertDocument]:
    """Every rule file and every document of objectives that has alerts of its own."""
    return tree.derive(_alert_documents)


def _alert_documents(tree: RepositoryTree) -> list[AlertDocument]:
    return [
        *(_of_rules(file) for file in rule_files(tree) if file.rules),
        *(_of_slos(document) for document in documents(tree) if document.tool.startswith("sloth")),
    ]


def _of_rules(file: RuleFile) -> AlertDocument:
    alerts = [
        PagingAlert(rule.alert, _target(rule.annotations), rule.place, rule.templated)
        for rule in file.alerts
        if rule.severity in PAGING
    ]
    return AlertDocument(file.unit, file.path, file.root.place, tuple(alerts))


def _of_slos(document: SloDocument) -> AlertDocument:
    alerts: list[PagingAlert] = []
    for node in document.body.items_at("slos")[:MAX_SLOS]:
        alerting = node.get("alerting")
        page = (alerting.get("pageAlert") or alerting.get("page_alert")) if alerting is not None else None
        if alerting is None or page is None or _is_off(page):
            continue
        annotations = texts(alerting.get("annotations")) | texts(page.get("annotations"))
        hidden = any(each.tag in (OPEN, OPAQUE) for each in (alerting, page))
        name = alerting.text_at("name") or node.text_at("name")
        place = Place(page.path, alerting.line_of("pageAlert" if alerting.has("pageAlert") else "page_alert"))
        alerts.append(PagingAlert(name, _target(annotations), place, hidden))
    return AlertDocument(document.unit, document.path, document.root.place, tuple(alerts))


def _is_off(alert: Node) -> bool:
    switch = alert.get("disable")
    return switch is not None and switch.is_true


def _target(annotations: dict[str, str]) -> str:
    """What the annotation of a runbook says; the URL's where there are several."""
    named = sorted(
        (name for name in annotations if "runbook" in name.lower() or "playbook" in name.lower()), reverse=True
    )
    return next((annotations[name].strip() for name in named if annotations[name].strip()), "")


# ---------------------------------------------------------------- links


def follow(subject: Subject, alert: PagingAlert, near: str) -> Link:
    """Whether an alert's runbook is there. ``near`` is the file that holds the alert."""
    target = alert.target
    if not target:
        return Link("unknown", "only rendering tells its annotations") if alert.templated else Link("none", "")
    if is_placeholder(target):
        return Link("lost", "it is only a placeholder")
    address = urlsplit_of(target)
    if address is None:
        return Link("lost", "it is no address")
    scheme, host, path, fragment = address
    if scheme in ("http", "https"):
        return _at_host(subject, host, path, fragment)
    if _TEMPLATE.search(target):
        return Link("unknown", "only rendering tells where it leads")
    return _in_tree(subject.tree, path, fragment, near)


def urlsplit_of(target: str) -> tuple[str, str, str, str] | None:
    """(scheme, host, path, fragment); ``None`` for what can't be split."""
    try:
        parts = urlsplit(target[:2_000])
        return parts.scheme.lower(), (parts.hostname or "").lower(), unquote(parts.path), unquote(parts.fragment)
    except ValueError:
        return None


def _at_host(subject: Subject, host: str, path: str, fragment: str) -> Link:
    if not host or _TEMPLATE.search(host):
        return Link("unknown", "only rendering tells its host")
    if (code := _in_repository(host, path)) is not None:
        repository, inside = code
        if subject.name and repository == subject.name:
            return (
                Link("unknown", "only rendering tells where it leads")
                if _TEMPLATE.search(inside)
                else _in_tree(subject.tree, inside, fragment, "")
            )
        return _elsewhere(subject, repository, inside, host)
    return _by_settings(subject, host)


def _in_repository(host: str, path: str) -> tuple[str, str] | None:
    """(owner/name in lower case, path) of an address of a file on a forge."""
    parts = _PLACES_OF_CODE.split(path, maxsplit=1)
    if len(parts) == 2 and parts[0].strip("/").count("/") >= 1:
        return parts[0].strip("/").lower(), parts[1].partition("/")[2]
    if host == "raw.githubusercontent.com" and path.count("/") >= 4:
        owner, name, _, inside = path.strip("/").split("/", 3)
        return f"{owner}/{name}".lower(), inside
    return None


def _elsewhere(subject: Subject, repository: str, inside: str, host: str) -> Link:
    """A page of another repository: known where the fleet holds that one, else as any address of its host."""
    if subject.fleet is not None and repository in {name.lower() for name in subject.fleet.repositories}:
        known = {page.lower() for page in subject.fleet.runbooks}
        there = f"{repository}/{inside}".lower().rstrip("/") in known
        return Link("found") if there else Link("lost", f"{repository} has no such page")
    return _by_settings(subject, host)


def _by_settings(subject: Subject, host: str) -> Link:
    allowed = subject.options.runbook_hosts
    if host in ("localhost", "127.0.0.1") or host.endswith(".invalid"):
        return Link("lost", f"{host} is only a placeholder")
    if allowed and not any(host == each.lower() or host.endswith("." + each.lower().lstrip(".")) for each in allowed):
        return Link("lost", f"{host} is no host that runbooks may stand on")
    return Link("found")


def _in_tree(tree: RepositoryTree, path: str, fragment: str, near: str) -> Link:
    found = _resolved(tree, path, near)
    if found is None:
        return Link("lost", "the repository has no such page")
    if not found.lower().endswith((".md", ".markdown")):
        return Link("found")
    page = tree.derive(_page, found)
    if page is None:
        return Link("unknown", "the page can't be read")
    if fragment and fragment.lower() not in page.anchors:
        return Link("lost", f"the page has no heading {fragment[:40]}")
    missing = page.untold if fragment else page.unheaded
    return Link("bare", f"the page has no section on {missing[0]}") if missing else Link("found")


class Page(NamedTuple):
    """A runbook's page: its anchors in lower case, and the sections that its headings, or its text, lack."""

    anchors: frozenset[str]
    unheaded: tuple[str, ...]
    untold: tuple[str, ...]


def _page(tree: RepositoryTree, path: str) -> Page | None:
    read = tree.markdown(path)
    if read is None:
        return None
    headings = " / ".join(heading.text for heading in read.headings)[:MAX_TEXT]
    text = "\n".join(read.lines)[:MAX_TEXT]
    return Page(frozenset(anchor.lower() for anchor in read.anchors), _lacking(headings), _lacking(text))


def _lacking(text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in SECTIONS.items() if not pattern.search(text))


def _resolved(tree: RepositoryTree, path: str, near: str) -> str | None:
    """The file that a path names: from the top, or from beside the file that names it."""
    folder = near.rpartition("/")[0]
    for start in ("", folder):
        way = _normal(f"{start}/{path}" if start and not path.startswith("/") else path)
        for each in (way, f"{way}.md", f"{way}/README.md", f"{way}/index.md"):
            if way and tree.exists(each):
                return each
    return None


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/".join(parts)
