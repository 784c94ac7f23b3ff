"""(pure) Destructive steps of scripts and what guards them: lexical, by the names of what is called."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.repository.documents.shell import Command, Script
from ingest.repository.tree import RepositoryTree
from scorecards.reading.python_source import python_source
from scorecards.reading.runbook_scripts import RunbookScript

SWITCH = "a dry-run or confirmation switch"
MARKS = (
    SWITCH, "a check before it acts", "bounded waits", "a verification afterwards", "an escalation",
    "a message or audit",
)  # fmt: skip
_BEFORE, _BOUNDED, _AFTER, _ESCALATES, _TELLS = MARKS[1:]

# Verbs that change things by themselves, and those that do in the name of something else (stop_instances).
_STRONG = re.compile(
    r"(?:^|[._])(?:reboot|failover|terminate|drain|evict|purge|destroy|truncate|cordon|force_?delete)(?:[_A-Z(]|$)"
    r"|_failover|(?:Reboot|Failover|Terminate|Drain|Evict|Destroy)",
)
_WEAK = re.compile(
    r"(?:^|[._])(?:delete|stop|scale|restart|kill|modify|promote|reset|detach|shutdown|rollback|remove|drop|patch|revoke"
    r"|disable|update)_[a-z]|\.(?:Delete|Stop|Scale|Restart|Kill|Modify|Promote|Patch)[A-Z(]"
)
_HARMLESS = re.compile(
    r"set_(?:level|trace|defaults?|up|event|status|title|description)|update_(?:status|incident|slack)|delete_message",
    re.I,
)
_COMMAND = re.compile(
    r"\bkubectl\b.{0,80}?\s(?:delete|drain|cordon|scale|patch|set|replace|rollout\s+(?:restart|undo))\b"
    r"|\bhelm\b.{0,40}?\s(?:rollback|uninstall|delete|upgrade)\b|\bsystemctl\s+(?:restart|stop|reload)\b"
    r"|\b(?:docker|podman)\s+(?:stop|rm|kill|restart)\b|\bterraform\s+(?:destroy|apply)\b|\bredis-cli\b.{0,60}\bflush"
    r"|\baws\b.{0,60}?\s(?:delete|terminate|reboot|stop|failover|modify|update|promote|restore)-[a-z-]+"
    r"|\bgcloud\b.{0,80}?\s(?:delete|stop|reset|failover|resize)\b|\baz\b.{0,60}?\s(?:delete|stop|restart|failover)\b"
    r"|\b(?:DROP|TRUNCATE|DELETE\s+FROM|pg_terminate_backend|pg_promote)\b|(?:^|\s)(?:reboot|shutdown|pkill|killall)\b"
    r"|\brm\s+-[a-zA-Z]*[rR][a-zA-Z]*\s+[\"']?/(?!tmp\b|var/tmp\b)",
)
_SWITCHES = re.compile(
    r"dry[_-]?run|(?<![a-z])confirm(?![a-z])|approv|--yes\b|assume_yes|\binput\s*\(|--apply\b|--execute\b|are you sure"
    r"|\bread\s+(?:-\w+\s+){0,3}-\w*p\b",
    re.I,
)
_CHECKS = re.compile(
    r"assess|check|verif|validat|describe|ensure|precondition|preflight|is_healthy|health|get_status|status|\bget\b|list_"
    r"|inspect|diagnos",
    re.I,
)
_BOUNDS = re.compile(
    r"timeout|max_?attempts|max_?retries|retries|waiter|deadline|backoff|tenacity|\brange\s*\(|\bseq\b", re.I
)
_VERIFIES = re.compile(
    r"verif|validat|monitor|check|confirm_|health|wait_for|assert|smoke|rollout\s+status|status|\bwait\b|describe", re.I
)
_ESCALATIONS = re.compile(
    r"escalat|pager_?duty|opsgenie|page_|notify_on_?call|create_incident|victorops|on_?call", re.I
)
_MESSAGES = re.compile(r"slack|post_|notify|\blog|logger|audit|print|\becho\b|printf|comment|annotat|record", re.I)
_EXITS = re.compile(r"escalat|pager|sys\.exit|os\._exit|\bexit\b|abort|rollback", re.I)
_GO_CALL = re.compile(r"\b([A-Za-z_][\w.]{0,100})\(")
MAX_LINES = 10_000


@dataclass(slots=True)
class GuardRails:
    """Lines: of the ``deeds``, of the first sign of each mark, of handlers that swallow a deed's failure."""

    deeds: list[int]
    marks: dict[str, int] = field(default_factory=dict)
    swallowed: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call as text, with the line on which it begins."""

    text: str
    line: int


def guard_rails(tree: RepositoryTree, script: RunbookScript) -> GuardRails | None:
    """The destructive calls of a script and what guards them; ``None`` where it can't be read."""
    if script.language == "python":
        return _of_python(tree, script.path)
    if script.language == "shell":
        return _of_shell(tree, script.path)
    lines = [line.partition("//")[0] for line in tree.lines(script.path)[:MAX_LINES]]
    calls = [_Call(line.strip()[:500], number) for number, line in enumerate(lines, 1) if _GO_CALL.search(line[:2_000])]
    return _judged(calls, "\n".join(lines), [])


def _judged(calls: list[_Call], code: str, swallowed: list[int]) -> GuardRails:
    deeds = [call.line for call in calls if is_destructive(call.text)]
    rails = GuardRails(deeds, swallowed=swallowed)
    if not deeds:
        return rails
    first, last = min(deeds), max(deeds)
    others = [call for call in calls if not is_destructive(call.text)]
    before = [call for call in others if call.line < last]
    after = [call for call in others if call.line > first]
    found = {
        SWITCH: _line_of(_SWITCHES, code),
        _BEFORE: _first(_CHECKS, before),
        _BOUNDED: _first(_BOUNDS, calls),
        _AFTER: _first(_VERIFIES, after),
        _ESCALATES: _first(_ESCALATIONS, calls),
        _TELLS: _first(_MESSAGES, calls),
    }
    rails.marks = {mark: line for mark, line in found.items() if line}
    return rails


def is_destructive(text: str) -> bool:
    """Whether a call changes or ends something that runs."""
    name = text.partition("(")[0]
    return bool((_STRONG.search(name) or _WEAK.search(name)) and not _HARMLESS.search(name)) or bool(
        _COMMAND.search(text)
    )


def _first(pattern: re.Pattern[str], calls: list[_Call]) -> int:
    return next((call.line for call in calls if pattern.search(call.text)), 0)


def _line_of(pattern: re.Pattern[str], code: str) -> int:
    found = pattern.search(code)
    return code.count("\n", 0, found.start()) + 1 if found else 0


# ---------------------------------------------------------------- Python


def _of_python(tree: RepositoryTree, path: str) -> GuardRails | None:
    module = python_source(tree, path).tree
    if module is None:
        return None
    calls = sorted(_python_calls(module), key=lambda call: call.line)
    lines = tree.lines(path)[:MAX_LINES]
    code = "\n".join("" if line.lstrip().startswith("#") else line[:2_000] for line in lines)
    return _judged(calls, code, list(_swallowing(module)))


def _python_calls(module: ast.AST) -> Iterator[_Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield _Call(f"{_dotted(node.func)}({', '.join(_arguments(node))})", node.lineno)


def _dotted(node: ast.expr) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 10:
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names))


def _arguments(call: ast.Call) -> Iterator[str]:
    """Names of keywords and short texts, those in lists and dictionaries too."""
    yield from (keyword.arg for keyword in call.keywords if keyword.arg)
    inner: list[ast.expr] = [*call.args, *(keyword.value for keyword in call.keywords)]
    for _ in range(50):
        if not inner:
            return
        node = inner.pop(0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value[:200]
        elif isinstance(node, ast.List | ast.Tuple | ast.JoinedStr):
            inner += node.elts if not isinstance(node, ast.JoinedStr) else node.values
        elif isinstance(node, ast.Dict):
            inner += [key for key in node.keys if key is not None]


def _swallowing(module: ast.AST) -> Iterator[int]:
    """Lines of broad handlers around a destructive call that neither raise, escalate nor exit."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Try) or not any(_is_deed(each) for each in node.body):
            continue
        for handler in node.handlers:
            if _is_broad(handler) and not any(_goes_on(each) for each in handler.body):
                yield handler.lineno


def _is_deed(node: ast.AST) -> bool:
    return any(is_destructive(call.text) for call in _python_calls(node))


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )


def _goes_on(node: ast.AST) -> bool:
    """Whether the failure goes on: it is raised, escalated, told as a result, or ends the run."""
    if any(isinstance(below, ast.Raise) for below in ast.walk(node)):
        return True
    return any(_EXITS.search(call.text) for call in _python_calls(node))


# ---------------------------------------------------------------- shell


def _of_shell(tree: RepositoryTree, path: str) -> GuardRails | None:
    script = tree.shell(path)
    if script is None:
        return None
    calls = [_Call(_command_text(command)[:500], command.line) for command in script.commands if command.words]
    lines = tree.lines(path)[:MAX_LINES]
    code = "\n".join("" if line.lstrip().startswith("#") else line[:2_000] for line in lines)
    return _judged(calls, code, list(_ignored(script)))


def _command_text(command: Command) -> str:
    if command.name in ("echo", "printf", "log", "error", "warning", "info", "warn"):
        return command.name  # what a message says is done by other commands
    return command.text


def _ignored(script: Script) -> Iterator[int]:
    """Lines of destructive commands whose failure ``|| true`` hides."""
    for command in script.commands:
        hidden = command.and_or.split() in (["||", "true"], ["||", ":"])
        if command.words and hidden and is_destructive(_command_text(command)):
            yield command.line
