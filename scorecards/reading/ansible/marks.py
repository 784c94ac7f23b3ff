"""(pure) What makes a deployment play complete: tags, a look at the result, a notification and an audit record."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.following import Step, role_named, steps
from scorecards.reading.ansible.jinja import is_templated
from scorecards.reading.ansible.model import Play, Task

MARKS = ("tags", "verification", "notification", "audit record")
MAX_TEXT = 5_000

_DEPLOYS = re.compile(r"(?i)(?<![a-z])(?:re)?(?:deploy(?!er)|releas|roll[-_ ]?out|upgrad)")
_VERIFIES = re.compile(
    r"(?i)health|verif|smoke|sanity|(?<![a-z])(?:wait|check|ensure|test)(?![a-z]).{0,40}"
    r"(?:respond|running|(?<![a-z])ready|reachable|online|(?<![a-z])(?:up|alive)(?![a-z]))"
)
_LOOKING = frozenset({"uri", "wait_for", "wait_for_connection", "assert", "win_uri", "win_wait_for", "k8s_info"})
_NOTIFIES = re.compile(r"(?i)notif|announce|(?<![a-z])(?:slack|teams|e?mail|chat|pagerduty|discord)(?![a-z])")
_SPEAKING = frozenset(
    {"slack", "mail", "telegram", "discord", "mattermost", "rocketchat", "office_365_connector_card", "cisco_webex",
     "pagerduty_change", "pagerduty_alert", "pagerduty", "matrix", "jabber", "irc", "flowdock", "campfire", "hipchat",
     "sns", "grafana_annotation", "datadog_event", "newrelic_deployment", "sentry_release", "honeybadger_deployment",
     "rollbar_deployment", "bearychat", "typetalk", "say", "syslogger", "twilio", "sendgrid", "logentries_msg"}
)  # fmt: skip
_CALLS = frozenset({"uri", "command", "shell"})
_RECORDS = frozenset(
    {"lineinfile", "template", "copy", "blockinfile", "uri", "command", "shell", "syslogger", "postgresql_query",
     "mysql_query", "grafana_annotation", "newrelic_deployment", "datadog_event"}
)  # fmt: skip
_VERSION = re.compile(r"(?i)version|release|(?<![a-z])(?:tag|sha|commit|revision|build|artifact)")
_USER = re.compile(r"(?i)user|whoami|(?<![a-z])(?:by|who|actor|author|operator)(?![a-z])")
_TIME = re.compile(
    r"(?i)date_time|iso8601|timestamp|strftime|(?<![a-z])now\s{0,3}\(|\$\(date|(?:ed|_)at(?![a-z])|pipe.{1,9}date"
)
_RECORD_NAME = re.compile(r"(?i)audit|log|histor|record|releas|deploy")


class Mark(NamedTuple):
    kind: str
    place: Place


def deploys(play: Play) -> bool:
    """Whether the name of a play, of its file or of one of its roles says that it deploys."""
    names = [play.name, play.path.rpartition("/")[2], *(use.name for use in play.roles)]
    names += [task.text("name") for task in play.tasks if task.bare in ("include_role", "import_role")]
    return any(_DEPLOYS.search(name[:300]) for name in names)


def marks(tree: RepositoryTree, play: Play) -> list[Mark]:
    """The marks that a play has, the first place of each."""
    found: dict[str, Place] = {}
    for kind, place in _marks(tree, play):
        found.setdefault(kind, place)
    return [Mark(kind, found[kind]) for kind in MARKS if kind in found]


def foreign_roles(tree: RepositoryTree, play: Play) -> list[str]:
    """The roles of a play that are not in this tree."""
    return [step.role for step in steps(tree, play) if step.task is None]


def _marks(tree: RepositoryTree, play: Play) -> Iterator[tuple[str, Place]]:
    yield from (("tags", use.node.place) for use in play.roles if use.tagged)
    yield from (("tags", task.place) for task in play.tasks if task.node.texts_at("tags"))
    run = steps(tree, play)
    changes_at = next((at for at, step in enumerate(run) if not step.is_harmless), len(run))
    for at, step in enumerate(run):
        if at > changes_at and _verifies(step):
            yield "verification", step.place
    uses = [use for use in play.roles if role_named(tree, use.name) is not None]
    yield from (("verification", use.node.place) for use in uses[1:] if _VERIFIES.search(use.name[:300]))
    tasks = [step.task for step in run if step.task is not None]
    for task in [*tasks, *play.section("handlers")]:
        if _notifies(task):
            yield "notification", task.place
        if is_audit(tree, task):
            yield "audit record", task.place
        if task.is_handler and _verifies(Step(task, "", task.place)):
            yield "verification", task.place
    for step in run:
        if step.task is None and _NOTIFIES.search(step.role[:300]):
            yield "notification", step.place


def _verifies(step: Step) -> bool:
    if step.task is None:
        return bool(_VERIFIES.search(step.role[:300]))
    task = step.task
    if _notifies(task) or task.is_block:
        return False
    sends = task.bare == "uri" and task.text("method").upper() in ("POST", "PUT", "PATCH", "DELETE")
    return (task.bare in _LOOKING and not sends) or bool(_VERIFIES.search(task.name[:300]))


def _notifies(task: Task) -> bool:
    if task.bare in _SPEAKING:
        return True
    return task.bare in _CALLS and bool(
        _NOTIFIES.search(task.name[:300]) or "webhook" in (task.text("url") + task.free)[:MAX_TEXT].lower()
    )


def is_audit(tree: RepositoryTree, task: Task) -> bool:
    """Whether a task writes down which version was deployed, by whom and when."""
    if task.bare not in _RECORDS:
        return False
    text = " ".join([task.free, *(_all_text(task))])
    if task.bare == "template" and _RECORD_NAME.search(f"{task.name} {task.text('dest')}"[:500]):
        text += _template(tree, task)
    return all(wanted.search(text[:MAX_TEXT]) for wanted in (_VERSION, _USER, _TIME))


def _all_text(task: Task) -> Iterator[str]:
    for name, argument in task.arguments.items():
        if name not in ("owner", "group", "mode", "validate", "timeout", "url_username", "user"):
            yield from (node.text for _, node in argument.node.walk(lambda one: one.is_scalar))


def _template(tree: RepositoryTree, task: Task) -> str:
    """The text of a template of this tree."""
    name = task.text("src")
    if not name or is_templated(name):
        return ""
    paths = tree.files(f"**/{name.rpartition('/')[2]}") if "*" not in name else []
    return (tree.text(paths[0]) or "")[:MAX_TEXT] if paths else ""
