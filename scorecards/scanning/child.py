"""The child process that reads a repository: limits on itself, one request in, progress and one result out.

It talks over its own pipes, one JSON text a line: ``{"at": PATH}`` before each file that it parses, ``{"check": NAME}``
before each check, and ``{"result": ...}`` at the end.
"""

import gc
import logging
import os
import resource
import sys
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

from ingest.git.program import Clone, Unreadable
from ingest.repository.bare import open_bare
from ingest.repository.local import Opened, open_folder
from ingest.repository.packed import open_pack
from ingest.repository.past import Past
from ingest.repository.tree import RepositoryTree
from scorecards.reading import lifecycle
from scorecards.reading.inventory import inventory
from scorecards.reading.subject import AS_OF, FLEET, HISTORY, Subject
from scorecards.rules.facts.kept import keep, packed
from scorecards.scanning import faults
from scorecards.scanning.engine import scan
from scorecards.scanning.request import BUILTIN, Request
from scorecards.scanning.result import FileProblem, Scanned
from scorecards.standards import pack

MEMORY_BYTES = 3 << 30
CPU_SECONDS = 600
OPEN_FILES = 256
STACK_BYTES = 64 << 20
MAX_LOGGED = 8_000  # characters of one record
INVENTORY, FACTS = "the inventory", "the facts"  # told as checks are, so that what hangs is left out as well


def limit() -> None:
    """Keep this process, and git below it, from taking the machine."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_STACK, STACK_BYTES),  # git walks folders by recursion
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


class Plain(logging.Formatter):
    """What a repository made a library say must not steer the terminal that shows it, nor fill the disk."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)[-MAX_LOGGED:]
        return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)


def main() -> None:
    limit()
    handler = logging.StreamHandler()
    handler.setFormatter(Plain("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    gc.disable()  # parsed files hold no cycles, and looking for some takes a fifth of the time
    out = FileIO(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with what is told

    def tell(**told: Any) -> None:
        _write(out, orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        faults.make(str(told.get("at") or told.get("check") or ""))

    request = Request.from_json(orjson.loads(sys.stdin.buffer.read()))
    try:
        result = run(request, tell)
    except Unreadable as error:
        result = Scanned(refused=str(error))
    tell(result=result.to_json())


def _write(out: FileIO, data: bytes) -> None:
    """All of it: a pipe may take less at a time."""
    view = memoryview(data)
    while view:
        view = view[out.write(view) or 0 :]


def run(request: Request, tell: Callable[..., None]) -> Scanned:
    """The scan that was asked for.

    Raises:
        Unreadable: there is nothing to read.
    """
    opened = opened_for(request)
    tree = RepositoryTree(
        opened.entries,
        opened.content,
        skip=request.skip,
        memory=(request.receipt or {}).get("memory"),
        announce=lambda path: tell(at=path),
    )
    subject = Subject(
        tree,
        request.as_of,
        options=request.options,
        history=opened.history,
        fleet=request.fleet,
        name=request.name or opened.name,
        ships_events=request.ships_events,
    )
    standards = [pack.builtin(BUILTIN), *(pack.load(text, name) for name, text in request.packs.items())]
    keys = {
        AS_OF.what: f"{request.as_of} {lifecycle.state(request.as_of)}",
        HISTORY.what: opened.commit or "",
        FLEET.what: _short(orjson.dumps([request.to_json()["fleet"], request.ships_events])),
    }
    result = scan(
        subject,
        standards,
        receipt=request.receipt,
        keys=keys,
        skip=request.skip_checks,
        tell=lambda name: tell(check=name),
    )
    result.commit, result.changed = opened.commit, opened.changed
    if INVENTORY not in request.skip_checks:
        tell(check=INVENTORY)
        result.inventory = inventory(subject)
    if FACTS not in request.skip_checks:
        tell(check=FACTS)
        result.facts = b64encode(packed(keep(subject))).decode()
    if opened.cut:
        result.problems.append(
            FileProblem("", 0, "left_out", f"Only the first {len(opened.entries):,} names were read.")
        )
    return result


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]


def opened_for(request: Request) -> Opened:
    path = Path(request.path)
    if request.source == "bare":
        opened = open_bare(path, request.commit or "HEAD")
        opened.history = Past(Clone(path), opened.commit or "HEAD", request.now)
        return opened
    return open_pack(path) if request.source == "pack" else open_folder(path, request.now)


if __name__ == "__main__":
    main()
