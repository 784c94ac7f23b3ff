"""(pure) Lists of tasks: blocks taken apart, modules and their arguments told in whichever way they are written."""

import re
from collections.abc import Iterable, Iterator

from ingest.repository.node import Node
from scorecards.reading.ansible.model import Argument, Section, Task

MAX_TASKS = 20_000
MAX_DEPTH = 50
MAX_TEXT = 50_000

_BLOCKS = ("block", "rescue", "always")
_KEYWORDS = frozenset(
    {"name", "action", "any_errors_fatal", "args", "async", "become", "become_exe", "become_flags", "become_method",
     "become_user", "changed_when", "check_mode", "collections", "connection", "debugger", "delay", "delegate_facts",
     "delegate_to", "diff", "environment", "failed_when", "ignore_errors", "ignore_unreachable", "local_action", "loop",
     "loop_control", "module_defaults", "no_log", "notify", "poll", "port", "register", "remote_user", "retries",
     "run_once", "tags", "throttle", "timeout", "until", "vars", "when", "listen", "sudo", "sudo_user", "su", "su_user",
     "always_run", "first_available_file", "static", "block", "rescue", "always"}
)  # fmt: skip
_MODULE = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+){0,5}\Z")
FREE = frozenset(
    {"command", "shell", "raw", "script", "expect", "win_command", "win_shell", "psexec", "telnet", "cli_command",
     "include", "include_tasks", "import_tasks", "include_vars", "meta", "import_playbook", "add_host", "group_by"}
)  # fmt: skip
BUILTIN = frozenset(
    {"add_host", "apt", "apt_key", "apt_repository", "assemble", "assert", "async_status", "blockinfile", "command",
     "copy", "cron", "debconf", "debug", "dnf", "dpkg_selections", "expect", "fail", "fetch", "file", "find", "get_url",
     "getent", "git", "group", "group_by", "hostname", "import_role", "import_tasks", "include_role", "include_tasks",
     "include_vars", "iptables", "known_hosts", "lineinfile", "meta", "mount_facts", "package", "package_facts",
     "pause", "ping", "pip", "raw", "reboot", "replace", "rpm_key", "script", "service", "service_facts", "set_fact",
     "set_stats", "setup", "shell", "slurp", "stat", "subversion", "systemd", "systemd_service", "sysvinit", "tempfile",
     "template", "unarchive", "uri", "user", "validate_argument_spec", "wait_for", "wait_for_connection", "yum",
     "yum_repository"}
)  # fmt: skip
_PAIR = re.compile(
    r"(?<!\S)([A-Za-z_]\w{0,60})=(\"[^\"]{0,2000}\"|'[^']{0,2000}'|(?:\{\{[^{}]{0,1000}\}\}|[^\s{]|\{(?!\{))+)"
)


def tasks_of(
    nodes: Iterable[Node], path: str, section: Section, around: tuple[Node, ...] = (), depth: int = 0
) -> Iterator[Task]:
    """The tasks of a list in their order; a block comes before what stands in it."""
    waiting = [(node, around) for node in nodes][::-1]
    count = 0
    while waiting and count < MAX_TASKS:
        node, above = waiting.pop()
        if not node.is_mapping:
            continue
        count += 1
        if any(node.has(word) for word in _BLOCKS):
            yield Task(path, node, section, is_block=True, around=above)
            if len(above) < MAX_DEPTH:
                inner = [item for word in _BLOCKS for item in node.items_at(word)]
                waiting += [(item, (*above, node)) for item in reversed(inner)]
        else:
            yield _task(node, path, section, above)


def _task(node: Node, path: str, section: Section, around: tuple[Node, ...]) -> Task:
    for word in ("action", "local_action"):
        called = node.get(word)
        if called is not None:
            return _by_action(node, called, path, section, around)
    module = _module_of(node)
    given = node.get(module) if module else None
    if given is None:
        return Task(path, node, section, around=around)
    arguments, free = _arguments(module, given)
    arguments.update(_of_mapping(node.get("args")))
    return Task(path, node, section, module, arguments, free, around=around)


def _module_of(node: Node) -> str:
    """The key that calls a module; one with dots before one without."""
    keys = [
        name
        for name, _, _ in node.members()
        if name not in _KEYWORDS and not name.startswith("with_") and len(name) <= 200 and _MODULE.match(name)
    ]
    return max(keys, key=lambda name: "." in name, default="")


def _by_action(node: Node, called: Node, path: str, section: Section, around: tuple[Node, ...]) -> Task:
    if called.is_mapping:
        arguments = _of_mapping(called)
        module = called.text_at("module")
        arguments.pop("module", None)
        return Task(path, node, section, module, arguments, around=around)
    module, _, rest = called.text.strip().partition(" ")
    arguments, free = _of_text(module, rest, called)
    arguments.update(_of_mapping(node.get("args")))
    return Task(path, node, section, module, arguments, free, legacy=True, around=around)


def _arguments(module: str, given: Node) -> tuple[dict[str, Argument], str]:
    if given.is_scalar:
        return _of_text(module, given.text, given)
    arguments = _of_mapping(given)
    bare = module.rpartition(".")[2]
    free = next((arguments[name].text for name in ("cmd", "_raw_params", "file") if name in arguments), "")
    return arguments, free if bare in FREE else ""


def _of_mapping(node: Node | None) -> dict[str, Argument]:
    if node is None:
        return {}
    return {
        name: Argument(value.text, value, value.is_scalar and (value.style != "plain" or is_word(value)))
        for name, _, value in node.members()
    }


def is_word(node: Node) -> bool:
    """Whether an unquoted scalar is text for every reader; some take digits behind a zero for a number."""
    return isinstance(node.value, str) and not node.raw.isdigit()


def _of_text(module: str, text: str, node: Node) -> tuple[dict[str, Argument], str]:
    text = text[:MAX_TEXT]
    found = {name: Argument(value.strip("'\""), node) for name, value in _PAIR.findall(text)}
    return found, text if module.rpartition(".")[2] in FREE else ""
