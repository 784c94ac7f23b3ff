"""(pure) What a rollback procedure does beside going back: seven marks, each where it stands."""

import re
from collections.abc import Callable, Iterable

from ingest.repository.node import Place
from scorecards.reading.commands import Deed
from scorecards.reading.rollback.entries import Entry

MARKS = ("target check", "backup", "rollout wait", "health check", "incident update", "notification", "git or pause")

_EXISTS = (
    ("docker", "manifest"), ("docker", "pull"), ("crane", "manifest"), ("crane", "digest"), ("skopeo", "inspect"),
    ("helm", "history"), ("git", "rev-parse"), ("git", "cat-file"), ("git", "ls-remote"), ("git", "show-ref"),
    ("git", "tag"), ("gh", "release"), ("kubectl", "rollout history"), ("aws", "ecr describe-images"),
    ("argocd", "app history"), ("gcloud", "artifacts docker"), ("gcloud", "container images"), ("az", "acr"),
    ("kubectl", "get replicaset"), ("kubectl", "get rs"), ("docker", "image"),
)  # fmt: skip
_BACKUPS = (
    ("velero", "backup"), ("pg_dump", ""), ("mysqldump", ""), ("etcdctl", "snapshot"), ("helm", "get"),
    ("mongodump", ""), ("restic", "backup"),
)  # fmt: skip
_WAITS = (
    ("kubectl", "rollout status"), ("kubectl", "wait"), ("oc", "rollout status"), ("argocd", "app wait"),
    ("kubectl", "argo rollouts status"), ("flux", "reconcile"), ("kubectl-argo-rollouts", "status"),
)  # fmt: skip
_GIT = (
    ("git", "revert"), ("git", "push"), ("gh", "pr create"), ("flux", "suspend"), ("argocd", "app rollback"),
    ("argocd", "app set"), ("hub", "pull-request"), ("glab", "mr create"),
)  # fmt: skip
_CHECKERS = frozenset({"curl", "wget", "http", "grpcurl", "grpc_health_probe", "smoke-test", "newman", "k6", "hurl"})
_HEALTH = re.compile(r"(?i)smoke|health|readyreplicas|availablereplicas|e2e|sanity|verify")
_INCIDENT = re.compile(
    r"(?i)incident|pagerduty|opsgenie|\bjira\b|statuspage|servicenow|gh issue|create_issue|github-issue"
)
_NOTICE = re.compile(
    r"(?i)slack|webhook|teams|discord|mattermost|sendmail|\bmail\b|notify|notification|telegram|\bsns\b"
)
_FAILS = re.compile(r"(?:^|\s)(?:-[a-zA-Z]{0,12}f[a-zA-Z]{0,12}|--fail(?:-with-body)?)(?:\s|$)")
_PAUSE = re.compile(
    r"(?i)application(?:s|set)?(?:\.argoproj\.io)?[/ ].{0,300}(?:automated|sync)|skip-reconcile|suspend"
)


def marks(entry: Entry) -> dict[str, Place]:
    """The marks that a procedure bears, each where it first does."""
    finders: dict[str, Callable[[Deed], bool]] = {
        "target check": lambda deed: _is(deed, _EXISTS),
        "backup": _backs_up,
        "rollout wait": _waits,
        "health check": lambda deed: _checks_health(deed, entry.deeds),
        "incident update": lambda deed: _says(deed, _INCIDENT),
        "notification": lambda deed: _says(deed, _NOTICE),
        "git or pause": lambda deed: _is(deed, _GIT) or (deed.tool == "kubectl" and bool(_PAUSE.search(deed.text))),
    }
    found: dict[str, Place] = {}
    for name, finder in finders.items():
        place = next((deed.place for deed in entry.deeds if finder(deed)), None)
        if place is not None:
            found[name] = place
    return found


def _is(deed: Deed, pairs: Iterable[tuple[str, str]]) -> bool:
    told = " ".join(deed.run.plain)
    return any(deed.tool == program and (not verb or told.startswith(verb)) for program, verb in pairs)


def _backs_up(deed: Deed) -> bool:
    export = deed.tool in ("kubectl", "oc") and "get" in deed.run.plain and deed.run.value("-o", "--output") == "yaml"
    return export or _is(deed, _BACKUPS)


def is_weak_backup(deeds: Iterable[Deed]) -> bool:
    """Whether the only backup is an export of what runs, which can't be applied again as it is."""
    backups = [deed for deed in deeds if _backs_up(deed)]
    return bool(backups) and all(deed.tool in ("kubectl", "oc") for deed in backups)


def _waits(deed: Deed) -> bool:
    helm = deed.tool == "helm" and deed.run.has("--wait", "--atomic", "--rollback-on-failure")
    ecs = deed.tool == "aws" and "wait" in deed.run.plain
    return helm or ecs or _is(deed, _WAITS)


def _checks_health(deed: Deed, deeds: Iterable[Deed]) -> bool:
    """Whether it looks at the service and may fail. What is skipped where its tool is missing can't."""
    if deed.tool in ("curl", "wget"):
        return deed.tool == "wget" or bool(_FAILS.search(deed.text))
    if deed.tool in ("[", "[[", "test"):
        return bool(_HEALTH.search(deed.text)) or "READY" in deed.text
    if deed.tool in ("echo", "log", "printf", "error", "warning", "info", "command", "sleep"):
        return False
    named = deed.tool in _CHECKERS or bool(_HEALTH.search(deed.tool))
    return named and not _is_optional(deed.tool, deeds)


def _is_optional(program: str, deeds: Iterable[Deed]) -> bool:
    return any(
        deed.words[:1] in (("command",), ("which",), ("type",), ("hash",)) and program in deed.words for deed in deeds
    )


_TALK = frozenset({"echo", "printf", "log", "info", "error", "warning", "warn"})


def _says(deed: Deed, pattern: re.Pattern[str]) -> bool:
    """Whether a command does what the pattern names; talking of it to the terminal is not enough."""
    return deed.tool not in _TALK and deed.tool not in ("[", "[[", "test") and bool(pattern.search(deed.text[:5000]))
