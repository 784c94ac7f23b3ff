"""(pure) Which module calls which."""

from typing import NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.addresses import address
from scorecards.reading.terraform.directory import Directory, Located, directory, every_directory, joined
from scorecards.reading.terraform.values import names_of, resolved

_MAX_CALLED = 300


class Call(NamedTuple):
    """``source`` is empty where it is computed. ``leads_to`` is the folder of a local source, ``None`` for others."""

    name: str
    at: Located
    source: str
    leads_to: str | None


def calls(tree: RepositoryTree, caller: Directory) -> list[Call]:
    """The module blocks of a directory."""
    return tree.derive(_calls, caller)


def _calls(tree: RepositoryTree, caller: Directory) -> list[Call]:
    names = names_of(tree, caller)
    return [_call(caller, at, resolved(names, at.block.body.get("source"))) for at in caller.blocks("module")]


def _call(caller: Directory, at: Located, source: object) -> Call:
    text = source if isinstance(source, str) else ""
    leads_to = joined(caller.path, text) if text and address(text).kind == "local" else None
    return Call(at.block.label, at, text, leads_to)


def called_folders(tree: RepositoryTree) -> frozenset[str]:
    """The folders that some module block of the repository takes its module from."""
    return tree.derive(_called_folders)


def _called_folders(tree: RepositoryTree) -> frozenset[str]:
    return frozenset(
        call.leads_to
        for caller in every_directory(tree)
        for call in calls(tree, caller)
        if call.leads_to is not None and call.leads_to != caller.path
    )


def with_called(tree: RepositoryTree, start: Directory) -> list[Directory]:
    """A directory and what it calls in this repository, near and far, each once; no more than 300."""
    return tree.derive(_with_called, start)


def _with_called(tree: RepositoryTree, start: Directory) -> list[Directory]:
    found, waiting = {start.path: start}, [start]
    while waiting and len(found) < _MAX_CALLED:
        for call in calls(tree, waiting.pop()):
            known = call.leads_to is None or call.leads_to in found
            inner = None if known or call.leads_to is None else directory(tree, call.leads_to)
            if inner is not None:
                found[inner.path] = inner
                waiting.append(inner)
    return list(found.values())


def calls_others(tree: RepositoryTree, start: Directory) -> bool:
    """Whether a directory, or what it calls, takes a module from elsewhere."""
    return any(call.leads_to is None for inner in with_called(tree, start) for call in calls(tree, inner))
