"""The error budget policy that holds for a service: of the file in ``PROMETHEUS_CONFIG``, else the standard's."""

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ingest.models import Service
from scorecards.reliability.policy import InvalidPolicy, Policies, Policy, read_policies, standard

logger = logging.getLogger(__name__)

MAX_BYTES = 5_000_000


@dataclass(slots=True)
class _Held:
    """What was read last. A file that makes no sense leaves the policies that were good before."""

    path: str = ""
    stamp: tuple[int, int] | None = None
    policies: Policies | None = None
    problems: tuple[str, ...] = ()


_held = _Held()


def of(service: Service | str) -> Policy:
    """The policy of a service, by its slug or name; where its file gives none, the standard's."""
    names = (service,) if isinstance(service, str) else (service.slug, service.name)
    policies = _read()
    return (policies.of(*names) if policies is not None else None) or standard()


def problems() -> list[str]:
    """Why the file's policies can't be used as they stand, each with its place; none where they can."""
    _read()
    return list(_held.problems)


def _read() -> Policies | None:
    path = str(getattr(settings, "PROMETHEUS_CONFIG", "") or "")
    if path != _held.path:
        _held.path, _held.stamp, _held.policies, _held.problems = path, None, None, ()
    if not path:
        return None
    try:
        found = Path(path).stat()
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != _held.stamp:
            _held.policies, _held.problems = _read_file(path, found.st_size), ()
            _held.stamp = stamp
    except InvalidPolicy as error:
        _held.stamp = stamp  # it makes no more sense when it is read again, as by each answer of the gate
        _refuse([f"{place.path}, line {place.line}: {message}" for place, message in error.problems])
    except (OSError, UnicodeError) as error:
        _refuse([f"PROMETHEUS_CONFIG={path} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}."])
    return _held.policies


def _refuse(problems: list[str]) -> None:
    if tuple(problems) != _held.problems:
        logger.error("The error budget policies can't be used: %s", " ".join(problems))
    _held.problems = tuple(problems)


def _read_file(path: str, size: int) -> Policies:
    if size > MAX_BYTES:
        raise OSError(0, f"it is longer than {MAX_BYTES:,} bytes")
    return read_policies(Path(path).name, Path(path).read_text(encoding="utf-8"))
