"""(pure) Which repository offers a platform's API, and what belongs to it."""

from typing import NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.flag_calls import is_test
from scorecards.reading.platform_api.contract import Contract, contracts
from scorecards.reading.platform_api.handlers import Handler, handlers
from scorecards.reading.subject import Subject

FOLDER = "platform/api"


class Api(NamedTuple):
    """An API with its contracts and the handlers that change something; either may be missing."""

    unit: str
    folder: str
    contracts: tuple[Contract, ...]
    handlers: tuple[Handler, ...]


def apis(subject: Subject) -> list[Api]:
    """The platform API of a repository; none in ordinary ones."""
    marked = bool(subject.name) and subject.name.lower() in (name.lower() for name in subject.options.platform_apis)
    found = subject.tree.derive(_api, marked)
    return [found] if found is not None else []


def _api(tree: RepositoryTree, marked: bool) -> Api | None:
    told = tuple(one for one in contracts(tree) if marked or one.tagged or one.path.startswith(FOLDER + "/"))
    files = [found.path for found in kinds.found(tree, "app-src") if not is_test(found.path)]
    inside = [path for path in files if path.startswith(FOLDER + "/")] or (files if marked else [])
    written = tuple(one for path in inside[:2_000] for one in handlers(tree, path))
    if not (told or written or marked):
        return None
    return Api("platform API", FOLDER if inside and not marked else "", told, written)
