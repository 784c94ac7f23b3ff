"""(pure) How tasks fetch things and restart services."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.jinja import is_templated, whole
from scorecards.reading.ansible.model import Task
from scorecards.reading.ansible.modes import variable
from scorecards.reading.ansible.playbooks import every_task

MAX_TEXT = 5_000
Outcome = Literal["fail", "partial", "pass"]

_PACKAGES = frozenset(
    {"apt", "yum", "dnf", "dnf5", "package", "zypper", "pip", "npm", "gem", "apk", "pacman", "homebrew", "snap"}
)
_WITH_URL = frozenset({"apt", "yum", "dnf", "dnf5", "zypper", "pip"})
_KEYS = frozenset({"apt_key", "rpm_key"})
_UNSIGNED = ("disable_gpg_check", "allow_unauthenticated", "allow_unsigned", "skip_broken_signature")
_SERVICES = frozenset({"service", "systemd", "systemd_service", "sysvinit", "win_service", "runit", "openrc"})
_SHELLS = frozenset({"command", "shell", "raw"})
_RESTART = re.compile(
    r"(?:^|[;&|\n]\s{0,20}|\bsudo\s{1,5})(?:systemctl\s{1,5}(?:-\S{1,20}\s{1,5}){0,3}restart|service\s{1,5}\S{1,80}\s{1,5}restart"
    r"|/etc/init\.d/\S{1,80}\s{1,5}restart|supervisorctl\s{1,5}restart)\b"
)
_FETCH = re.compile(r"(?:^|[\s;&|(])(?:curl|wget)\s")
_URL = re.compile(r"\b(https?|ftp)://([^\s/\"'|;)]{1,200})")
_LAX = re.compile(r"\s(?:-[A-Za-z]{0,10}k[A-Za-z]{0,10}|--insecure|--no-check-certificate)(?:\s|$)")
_PIPED = re.compile(
    r"\|\s{0,5}(?:sudo\s{1,5}(?:-\S{1,10}\s{1,5}){0,3})?(?:ba|z|da)?sh\b|\|\s{0,5}(?:sudo\s{1,5})?(?:python3?|perl|tar)\b"
)
_LOCAL = re.compile(r"(?:localhost|127\.|\[?::1|0\.0\.0\.0)")
_BRANCHES = frozenset({"", "HEAD", "head", "main", "master", "develop", "trunk"})
_HINTS_URL = re.compile(r"(?i)ur[li]s?\Z")


class Said(NamedTuple):
    """What one task comes to."""

    outcome: Outcome
    text: str
    place: Place


def said(tree: RepositoryTree, task: Task) -> list[Said]:
    """What there is to say of a task that fetches something or restarts a service; nothing of any other."""
    found = [one for look in _LOOKS for one in look(tree, task)]
    told = task.arguments.get("validate_certs")
    if told is not None and told.is_false:
        found.append(Said("fail", "it does not check certificates", told.node.place))
    return found


# ---------------------------------------------------------------- downloads


def _get_url(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare != "get_url":
        return
    url = resolved(tree, task, task.text("url"))
    if _is_file(url):
        return
    yield from _scheme(url, task, "url")
    if task.text("checksum", "sha256sum"):
        yield Said("pass", "it is checked by a checksum", task.place_of("checksum"))
    else:
        yield Said("partial", "it is not checked by a checksum", task.place)


def _unarchive(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare != "unarchive":
        return
    written = task.text("src")
    url = resolved(tree, task, written)
    remote = task.arguments.get("remote_src")
    if "://" in url:
        is_url = not _is_file(url)
    else:
        named = whole(url)
        is_url = named is not None and remote is not None and remote.is_true and bool(_HINTS_URL.search(named.name))
    if not is_url:
        return
    yield from _scheme(url, task, "src")
    if "://" in url or written not in _fetched(tree, task.path):
        text = "it unpacks from an address, which can't be checked by a checksum"
        yield Said("partial", text, task.place_of("src"))


def _fetched(tree: RepositoryTree, path: str) -> set[str]:
    """What the tasks of a file have fetched with a checksum."""
    return tree.derive(_checked).get(path, set())


def _checked(tree: RepositoryTree) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for task, _ in every_task(tree):
        if task.bare == "get_url" and task.text("checksum"):
            found.setdefault(task.path, set()).add(task.text("dest"))
    return found


def _uri(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare == "uri" and task.text("dest"):
        yield from _scheme(resolved(tree, task, task.text("url")), task, "url")
        yield Said("partial", "uri can't check what it downloads by a checksum", task.place)


def _packages(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare not in _PACKAGES:
        return
    if task.text("state") == "latest" and not _upgrades_all(task):
        yield Said("partial", "state latest installs whatever is there", task.place_of("state"))
    if task.bare in _WITH_URL:
        given = [task.arguments[name] for name in ("name", "deb", "pkg") if name in task.arguments]
        for text in [text for one in given for text in (one.text, *(item.text for item in one.node.items()))]:
            url = resolved(tree, task, text)
            if "://" in url and not _is_file(url):
                yield from _scheme(url, task, "name")


def _upgrades_all(task: Task) -> bool:
    """Whether a task brings the whole system up to date, which is what it is for."""
    return task.text("name") in ("*", "") and "name" in task.arguments and not task.arguments["name"].node.items()


def _signatures(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    for name in _UNSIGNED:
        if name in task.arguments and task.arguments[name].is_true:
            yield Said("fail", f"{name} switches the check of signatures off", task.place_of(name))
    for name in ("gpgcheck", "repo_gpgcheck"):
        if (
            task.bare == "yum_repository"
            and name == "gpgcheck"
            and name in task.arguments
            and task.arguments[name].is_false
        ):
            yield Said("fail", "gpgcheck is off, so packages are not checked", task.place_of(name))
    if task.bare == "apt" and "force" in task.arguments and task.arguments["force"].is_true:
        yield Said("fail", "force installs packages without a valid signature", task.place_of("force"))
    if task.bare in _KEYS:
        argument = "url" if task.bare == "apt_key" else "key"
        yield from _scheme(resolved(tree, task, task.text(argument)), task, argument)


def _git(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare != "git":
        return
    url = resolved(tree, task, task.text("repo", "name"))
    if url.startswith(("/", "file:")):
        return
    if url.startswith("git://"):
        yield Said("fail", "git:// is neither encrypted nor checked", task.place_of("repo"))
    yield from _scheme(url, task, "repo")
    if task.text("version") in _BRANCHES:
        yield Said("partial", "it takes whatever a branch holds: name a tag or a commit", task.place)


def _scheme(url: str, task: Task, argument: str) -> Iterator[Said]:
    scheme, _, rest = url.partition("://")
    if scheme in ("http", "ftp") and rest and not _LOCAL.match(rest):
        yield Said("fail", f"it comes over {scheme}, which anybody on the way can change", task.place_of(argument))
    else:
        yield Said("pass", "it comes over a verified channel", task.place_of(argument))


def resolved(tree: RepositoryTree, task: Task, text: str) -> str:
    """A text with the variable that it is, or begins with, filled in as far as defaults tell."""
    for _ in range(3):
        read = whole(text) if is_templated(text) else None
        if read is None:
            break
        value = variable(tree, task, read.name)
        if value is None or not value.is_scalar:
            return read.default if read.default is not None else text
        text = value.text
    return text


def _is_file(url: str) -> bool:
    return url.startswith(("file:", "/"))


# ---------------------------------------------------------------- commands and services


def _shell(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare not in _SHELLS:
        return
    text = (task.free or task.text("cmd", "argv"))[:MAX_TEXT]
    if _FETCH.search(text):
        yield from _fetches(task, text)
    if _RESTART.search(text) and not task.is_handler:
        yield Said("partial", "it restarts a service inline: notify a handler", task.place)
        if not task.node.has("changed_when"):
            yield Said("partial", "it has no changed_when", task.place)


def _fetches(task: Task, text: str) -> Iterator[Said]:
    urls = _URL.findall(text)
    hosts = [(scheme, host) for scheme, host in urls if not _LOCAL.match(host)]
    if urls and not hosts:  # a look at the machine itself
        return
    if any(scheme in ("http", "ftp") for scheme, _ in hosts):
        yield Said("fail", "it downloads over http, which anybody on the way can change", task.place)
    if _LAX.search(text):
        yield Said("fail", "it does not check certificates", task.place)
    if _PIPED.search(text):
        yield Said("partial", "it runs what it downloads without a checksum", task.place)
        if "pipefail" not in text:
            yield Said("partial", "its pipe hides failures without pipefail", task.place)
    elif not re.search(r"sha(?:256|512)sum|gpg\s|cosign", text):
        yield Said("partial", "it downloads without a checksum: use get_url", task.place)


def _services(tree: RepositoryTree, task: Task) -> Iterator[Said]:
    if task.bare not in _SERVICES or task.text("state") != "restarted":
        return
    if task.is_handler:
        yield Said("pass", "it restarts as a handler", task.place)
    else:
        yield Said("partial", "it restarts a service inline: notify a handler", task.place_of("state"))


_LOOKS = (_get_url, _unarchive, _uri, _packages, _signatures, _git, _shell, _services)
