"""(pure) What makes a shell script that changes clusters or clouds unsafe."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.documents.shell import Command, Expansion, Script
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes import containers
from scorecards.reading.pipelines import pipelines, run_of
from scorecards.reading.pipelines.make import makefile

TOOLS = frozenset({"kubectl", "helm", "argocd", "terraform", "aws", "gcloud", "az"})
STRICT = ("errexit", "nounset", "pipefail")
MAX_SOURCED = 20
# What the system, the shell or a CI system sets.
_GIVEN = frozenset(
    {"HOME", "PATH", "USER", "PWD", "OLDPWD", "SHELL", "TERM", "LANG", "LC_ALL", "HOSTNAME", "TMPDIR", "LOGNAME",
     "UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO", "IFS", "OPTARG", "OPTIND", "REPLY", "OSTYPE", "HOSTTYPE",
     "MACHTYPE",
     "BASH", "BASHPID", "FUNCNAME", "PIPESTATUS", "BASH_SOURCE", "BASH_VERSION", "BASH_LINENO", "BASH_REMATCH",
     "BASH_VERSINFO", "BASH_COMMAND", "COLUMNS", "LINES", "SHLVL", "EDITOR", "DISPLAY", "KUBECONFIG", "CI", "GOPATH",
     "GOROOT", "EPOCHSECONDS", "SUDO_USER", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "JAVA_HOME",
     "DIRSTACK", "GROUPS", "WORKSPACE", "COMP_WORDS", "COMP_CWORD", "MAPFILE", "EPOCHREALTIME", "SHELLOPTS", "BASHOPTS"}
)  # fmt: skip
_GIVEN_PREFIXES = ("GITHUB_", "CI_", "RUNNER_", "BUILD_", "JENKINS_", "GITLAB_", "CIRCLE_", "BITBUCKET_", "BUILDKITE_",
                   "DRONE_", "TRAVIS_", "SYSTEM_", "AGENT_", "CODEBUILD_", "AWS_", "ARM_", "GOOGLE_", "AZURE_", "HELM_",
                   "TF_", "KUBERNETES_")  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_HELP = re.compile(
    r"^\s*(?:[\w?-]{1,20}\s*\|\s*){0,5}(?:-h|--help|h|help)\s*(?:\|\s*[\w?-]{1,20}\s*){0,5}\)\s*(\w{1,40})"
)
_SHARED = "/tmp/"  # noqa: S108 - what is looked for


class Issue(NamedTuple):
    """``severe``: the script may do harm, or stop half way."""

    text: str
    line: int
    severe: bool = False


def tools_of(script: Script) -> set[str]:
    """The tools for clusters and clouds that a script calls."""
    return {run_of([word.text for word in command.words]).program for command in script.commands} & TOOLS


def issues(tree: RepositoryTree, path: str, script: Script) -> list[Issue]:
    """What is unsafe in a script, the severe ones first."""
    found = [*_strictness(tree, path, script), *_unassigned(tree, path, script), *_unquoted(script)]
    found += [*_image_cuts(script), *_deprecated(script), *_temporary(script), *_help(tree, path, script)]
    return sorted(found, key=lambda issue: (not issue.severe, issue.line))


# ---------------------------------------------------------------- strict mode


def _strictness(tree: RepositoryTree, path: str, script: Script) -> Iterator[Issue]:
    lacking = [name for name in STRICT if script.option(name) is None]
    if script.shebang and "bash" not in script.shebang and "pipefail" in lacking:
        lacking.remove("pipefail")  # a POSIX shell has no such option
    if "errexit" in lacking:
        yield Issue("no strict mode (set -euo pipefail)", 1, severe=True)
    elif lacking:
        option = script.option("errexit")
        yield Issue(f"strict mode lacks {' and '.join(lacking)}", option.line if option else 1)


def is_sourced(tree: RepositoryTree, path: str) -> bool:
    """Whether another script reads it in, so that the mode is that one's."""
    return path in tree.derive(_sourced_files)


def _sourced_files(tree: RepositoryTree) -> frozenset[str]:
    found: set[str] = set()
    for one in kinds.found(tree, "shell"):
        script = tree.shell(one.path)
        found.update(_sources(tree, one.path, script) if script is not None else ())
    return frozenset(found)


def _sources(tree: RepositoryTree, path: str, script: Script) -> Iterator[str]:
    """The files of the repository that a script reads in, by the end of their names."""
    folder = path.rpartition("/")[0]
    for command in script.named(".", "source"):
        name = command.arguments[0] if command.arguments else ""
        plain = name.rpartition("}")[2].rpartition(")")[2] if "$" in name else name
        plain = plain.lstrip("./") if "$" in name else plain.removeprefix("./")
        if "$" in plain:
            plain = plain.rpartition("/")[2]
        for candidate in (f"{folder}/{plain}" if folder else plain, plain):
            if plain and tree.exists(candidate):
                yield candidate
                break


# ---------------------------------------------------------------- variables


def _unassigned(tree: RepositoryTree, path: str, script: Script) -> Iterator[Issue]:
    known = _assigned(tree, path)
    seen: set[str] = set()
    for one in script.expansions:
        if one.name in seen or not _is_bare(one) or _is_known(one.name, known):
            continue
        seen.add(one.name)
        if not _is_tested(script, one.name) and not _is_set_otherwise(tree, path, script, one.name):
            yield Issue(f"variable {one.name} is never set", one.line, severe=True)


def _is_bare(one: Expansion) -> bool:
    return bool(_NAME.match(one.name)) and not one.has_default and not one.is_required and one.operator != "(("


def _is_known(name: str, known: frozenset[str]) -> bool:
    return name in known or name in _GIVEN or name.startswith(_GIVEN_PREFIXES)


def _is_tested(script: Script, name: str) -> bool:
    """Whether the script itself looks whether a variable is there, by a default, a demand or a test."""
    if any(one.name == name and (one.has_default or one.is_required) for one in script.expansions):
        return True
    return any(
        command.name in ("[", "[[", "test")
        and any(word in ("-z", "-n", "-v") for word in command.arguments)
        and any(one.name == name for word in command.words for one in word.expansions)
        for command in script.commands
    )


_INDIRECT = frozenset({"eval", "nameref", "mapfile", "readarray"})


def _is_set_otherwise(tree: RepositoryTree, path: str, script: Script, name: str) -> bool:
    """Whether a loop counts with it, or its bare name is handed to what assigns by name."""
    counted = re.search(rf"\(\(\s{{0,20}}{name}\s{{0,20}}=", tree.text(path) or "")
    indirect = any(
        command.name in _INDIRECT or (command.name in ("printf", "declare", "local", "typeset") and _by_name(command))
        for command in script.commands
    )
    return bool(counted) or (indirect and any(name in command.arguments for command in script.commands))


def _by_name(command: Command) -> bool:
    return any(word in ("-v", "-n") for word in command.arguments)


def _assigned(tree: RepositoryTree, path: str) -> frozenset[str]:
    """The names that a script, what it reads in, or whoever may run it gives a value."""
    names = set(tree.derive(_environment))
    waiting, seen = [path], {path}
    while waiting and len(seen) <= MAX_SOURCED:
        current = waiting.pop()
        script = tree.shell(current)
        if script is None:
            continue
        names |= {one.name for one in script.assignments if one.by != "command"}
        for sourced in _sources(tree, current, script):
            if sourced not in seen:
                seen.add(sourced)
                waiting.append(sourced)
    return frozenset(names)


def _environment(tree: RepositoryTree) -> frozenset[str]:
    """The names that pipelines, make, images and workloads of the repository give values."""
    names: set[str] = set()
    for pipeline in pipelines(tree):
        names |= set(pipeline.env)
        for job in pipeline.jobs:
            names |= set(job.env) | {name for step in job.steps for name in step.env}
    for container in containers(tree):
        names |= {entry.text_at("name") for entry in container.node.items_at("env")}
    for path in tree.files("**/Makefile"):
        file = makefile(tree, path.rpartition("/")[0], "Makefile")
        names |= set(file.variables) if file is not None else set()
    for found in kinds.found(tree, "shell"):
        script = tree.shell(found.path)
        given = script.assignments if script is not None else ()
        names |= {one.name for one in given if one.exported or one.by == "command"}
    return frozenset(names)


# ---------------------------------------------------------------- smaller ones


def _unquoted(script: Script) -> Iterator[Issue]:
    for command in script.commands:
        for word in command.words[1:]:
            split = next((one for one in word.expansions if one.splits and _NAME.match(one.name)), None)
            if split is not None:
                yield Issue(f"${split.name} is not quoted", split.line)
                return


def _image_cuts(script: Script) -> Iterator[Issue]:
    images = {command.pipeline for command in script.commands if "image" in command.text and command.name != "cut"}
    for command in script.named("cut"):
        told = command.text.replace("'", "").replace('"', "")
        cuts = ("-d:" in told or "-d :" in told or "--delimiter=:" in told) and ("-f2" in told or "-f 2" in told)
        if cuts and command.in_pipe and (command.pipeline in images or _is_near_image(script, command)):
            yield Issue("an image is cut at the first colon, which a registry's port has too", command.line)


def _is_near_image(script: Script, cut: Command) -> bool:
    return any("image" in other.text.lower() and abs(other.line - cut.line) <= 1 for other in script.commands)


def _deprecated(script: Script) -> Iterator[Issue]:
    for command in script.commands:
        run = run_of([word.text for word in command.words])
        if run.program != "kubectl":
            continue
        for flag in ("--record", "--export", "--generator"):
            if run.has(flag):
                yield Issue(f"kubectl {flag} is deprecated", command.line)
        if "--dry-run" in run.arguments:
            yield Issue("kubectl --dry-run needs client or server", command.line)


def _temporary(script: Script) -> Iterator[Issue]:
    for command in script.commands:
        for redirect in command.redirects:
            if redirect.operator.startswith(">") and redirect.target.strip("\"'").startswith(_SHARED):
                yield Issue("a file of a known name in /tmp: use mktemp", redirect.line)
                return


def _help(tree: RepositoryTree, path: str, script: Script) -> Iterator[Issue]:
    for number, line in enumerate(tree.lines(path)[:5000], 1):
        match = _HELP.match(line[:300])
        function = next((one for one in script.functions if match and one.name == match.group(1)), None)
        if function is not None and _ends_badly(script, function.line, function.end_line) and "exit 0" not in line:
            yield Issue("asking for help ends with an error", number)
            return


def _ends_badly(script: Script, first: int, last: int) -> bool:
    inside = [command for command in script.named("exit") if first <= command.line <= last]
    return bool(inside) and all(command.arguments[:1] not in ([], ["0"], ["${1:-0}"], ["$1"]) for command in inside)
