"""The rollback policy that holds: of the file in ``PROMETHEUS_CONFIG``, else the standard's."""

import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from scorecards.reliability.triggers import InvalidTriggers, Triggers, read_triggers, standard

logger = logging.getLogger(__name__)

MAX_BYTES = 5_000_000
_good: dict[str, Triggers] = {}


def held() -> Triggers:
    """The triggers of the file in ``PROMETHEUS_CONFIG``, else the standard's; of a file that makes no sense those that
    were good before."""
    path = _path()
    if not path:
        return standard()
    try:
        _good[path] = _read(path) or standard()
    except (OSError, UnicodeError, InvalidTriggers) as error:
        _tell(str(error))
    return _good.get(path, standard())


def problems() -> list[str]:
    """Why the file's triggers can't be used as they stand, each with its place; none where they can."""
    path = _path()
    try:
        if path:
            _read(path)
    except (OSError, UnicodeError, InvalidTriggers) as error:
        return str(error).splitlines()
    return []


def _path() -> str:
    return str(getattr(settings, "PROMETHEUS_CONFIG", "") or "")


def _read(path: str) -> Triggers | None:
    with Path(path).open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise OSError(f"{path} is longer than {MAX_BYTES:,} bytes")
    return read_triggers(Path(path).name, text.decode())


@lru_cache(maxsize=20)
def _tell(problem: str) -> None:
    """Once a process, for it is read each minute."""
    logger.error("The rollback triggers can't be used: %s", problem)
