"""What an organisation decides about its checks, from a YAML file that the setting STANDARD_OPTIONS names."""

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from ingest.catalogue.documents import BadEntry, Entry, documents
from scorecards.errors import InvalidPack, PackProblem
from scorecards.reading.subject import Options


def load_options(path: str) -> Options:
    """The options of a file; the defaults where none is named.

    Raises:
        InvalidPack: with file and line of what is wrong.
    """
    return _loaded(path, Path(path).stat().st_mtime_ns) if path and Path(path).exists() else _absent(path)


def _absent(path: str) -> Options:
    if path:
        raise InvalidPack([PackProblem(path, 1, "There is no such file. STANDARD_OPTIONS names it.")])
    return Options()


@cache
def _loaded(path: str, changed: int) -> Options:
    try:
        return read_options(Path(path).read_bytes())
    except BadEntry as error:
        raise InvalidPack([PackProblem(path, *error.problem)]) from error


def read_options(text: bytes) -> Options:
    """The options that a YAML document tells. Raises ``BadEntry`` with the line."""
    kinds = {field.name: str(field.type) for field in fields(Options)}
    found = list(documents(text))
    if not found:
        return Options()
    entry = Entry(found[0], known=kinds)
    told: dict[str, Any] = {name: _value(entry, name, kinds[name]) for name in entry.names()}
    return Options(**{name: value for name, value in told.items() if value is not None})


def _value(entry: Entry, name: str, kind: str) -> Any:
    if "tuple" in kind:
        return tuple(entry.texts(name) or ())
    text = entry.text(name)
    if text is None or "str" in kind:
        return text
    if "bool" in kind:
        if text not in ("true", "false"):
            raise entry.refuse(name, "is true or false.")
        return text == "true"
    if not text.isdigit() or not 0 < int(text) < 10_000:
        raise entry.refuse(name, "is a whole number from 1 to 9999.")
    return int(text)
