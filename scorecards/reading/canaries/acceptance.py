"""(pure) What a hook of a canary does: an acceptance test that can fail, load, a notice to people."""

import re
from urllib.parse import urlsplit

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.flagger import Canary, Hook
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.schemas import facts

_LOAD = re.compile(
    r"(?i)\b(?:hey|wrk2?|ab|k6|vegeta|fortio|bombardier|ghz|locust|artillery|jmeter|gatling|oha|siege|ngrinder)\b"
    r"|load.?test|load.?gen"
)
_CURL = re.compile(r"(?:^|[\s;|&(\"'])curl\s")
_FAIL_FLAG = re.compile(r"(?:^|\s)(?:-[a-zA-Z]{0,12}f[a-zA-Z]{0,12}|--fail(?:-with-body|-early)?)(?=[\s\"']|$)")
_STATUS_TEST = re.compile(r"http_code|grep|jq\s|\btest\s|\[\s|\bdiff\b")
_SHRUGS = re.compile(r"\|\|\s*(?:true|:|exit\s+0)\b|;\s*(?:true|exit\s+0)\s*[\"']?\s*$")
_ADDRESS = re.compile(r"\bhttps?://[^\s\"'`|;,)]{1,300}")
_NOTIFIER = re.compile(
    r"(?i)notif|alert|slack|webhook|teams|discord|pager|opsgenie|mattermost|telegram|rocket\.?chat|chat\.googleapis|mail"
)
_TRAFFIC = re.compile(r"(?i)\b(?:sufficient|enough|live|real|production|organic)\s+(?:live\s+|user\s+)?traffic\b")
_BEFORE = ("pre-rollout", "confirm-rollout")
_DURING = ("", "rollout")
COMMENT_LINES = 400


def knows_task(hook: Hook) -> bool:
    """Whether the load tester runs a task of this kind."""
    return hook.task in facts("flagger")["task_types"]


def is_load_tester(hook: Hook) -> bool:
    """Whether a hook asks Flagger's load tester, by its address or by the shape of its metadata."""
    return "loadtester" in hook.url or "load-tester" in hook.url or bool(hook.command)


def is_gate(hook: Hook) -> bool:
    return "/gate/" in hook.url


def can_fail(hook: Hook) -> bool:
    """Whether a command says so when what it tests does not work. curl takes an HTTP error for a success."""
    command = hook.command[:20_000]
    if _SHRUGS.search(command):
        return False
    if _CURL.search(command):
        return bool(_FAIL_FLAG.search(command) or _STATUS_TEST.search(command))
    return True


def accepts(hook: Hook) -> bool:
    """Whether it is an acceptance test before the rollout, run as intended, that can fail."""
    if hook.type not in _BEFORE or is_gate(hook):
        return False
    return (knows_task(hook) and can_fail(hook)) if is_load_tester(hook) else not is_notifier(hook)


def loads(hook: Hook) -> bool:
    """Whether it makes load while the release is analysed."""
    if hook.type not in _DURING:
        return False
    told = f"{hook.name} {hook.command[:20_000]} {hook.task}"
    return bool(_LOAD.search(told)) and (knows_task(hook) or not is_load_tester(hook))


def is_notifier(hook: Hook) -> bool:
    """Whether its name or host says that it tells people something."""
    return bool(_NOTIFIER.search(hook.name) or _NOTIFIER.search(hook.url[:500]))


def wrong_address(canary: Canary, hook: Hook) -> str:
    """What is wrong with the address that a command calls; empty where nothing is, or nobody can tell."""
    own = f"{canary.apex}-canary"
    for address in _ADDRESS.findall(hook.command[:20_000])[:10]:
        host, port = _host_and_port(address)
        first = host.partition(".")[0]
        if not first or not canary.apex or any(sign in first for sign in "${}<%!"):
            continue
        if first == f"{canary.apex}-primary":
            return f"{hook.name} calls the primary: call {own}."
        if first.endswith("-canary") and first != own:
            return f"{hook.name} calls {first}, but the canary's Service is {own}."
        if first == own and port and canary.port.isdigit() and port != canary.port:
            return f"{hook.name} calls port {port}, but the Service has port {canary.port}."
    return ""


def _host_and_port(address: str) -> tuple[str, str]:
    """(host, port) of an address, with the port that its scheme implies; empty where it can't be read."""
    try:
        parts = urlsplit(address)
        return parts.hostname or "", str(parts.port or ("443" if parts.scheme == "https" else "80"))
    except ValueError:
        return "", ""


def stated_traffic(tree: RepositoryTree, manifest: Manifest) -> Place | None:
    """Where an annotation or a comment near the object says that live traffic is enough."""
    for value in manifest.annotations.values():
        if _TRAFFIC.search(value[:2000]):
            return manifest.place_of("metadata", "annotations")
    lines = tree.lines(manifest.path)
    first = max(manifest.line - 6, 0)
    for number, line in enumerate(lines[first : manifest.line + COMMENT_LINES], start=first + 1):
        if number > manifest.line and line.startswith("---"):
            return None
        _, hash_sign, comment = line[:500].partition("#")
        if hash_sign and _TRAFFIC.search(comment):
            return Place(manifest.path, number)
    return None


# ---------------------------------------------------------------- of a Rollout


def _words(task: Node) -> str:
    """What a job or an address is told to do."""
    containers = task.items_at("provider", "job", "spec", "template", "spec", "containers")
    told = [task.text_at("name"), task.text_at("provider", "web", "url")]
    for container in containers[:10]:
        told += [container.text_at("name"), container.text_at("image")]
        told += container.texts_at("command") + container.texts_at("args")
    return " ".join(told)[:20_000]


def task_loads(task: Node) -> bool:
    return bool(_LOAD.search(_words(task)))


def task_accepts(task: Node) -> bool:
    return not task_loads(task)
