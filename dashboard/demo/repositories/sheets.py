"""(pure) Sheets: the files of one kind of repository in one text, each with the levels of care at which it is there."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

_HEAD = re.compile(r"^== (\S+)(?: \[([^\]]+)\])?\n", re.MULTILINE)
_WHEN = re.compile(r"(\w+) (\d)(\+|-(\d))?")
_HIGHEST = 9


class When(NamedTuple):
    """An aspect of a repository, and from which to which level of it a file is there."""

    aspect: str
    low: int
    high: int


class SheetFile(NamedTuple):
    """A file; its path and text may hold ``<<name>>``, which stands for a value."""

    path: str
    when: tuple[When, ...]
    text: str

    def is_there(self, levels: Mapping[str, int]) -> bool:
        return all(one.low <= levels.get(one.aspect, 0) <= one.high for one in self.when)


@cache
def sheet(name: str) -> tuple[SheetFile, ...]:
    """The files of a sheet that comes with the demo."""
    text = resources.files("dashboard.demo.repositories").joinpath("texts", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(_files(text))


def _files(text: str) -> Iterator[SheetFile]:
    heads = list(_HEAD.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)]
        yield SheetFile(head[1], tuple(_whens(head[2] or "")), body)


def _whens(text: str) -> Iterator[When]:
    for found in _WHEN.finditer(text):
        low = int(found[2])
        yield When(found[1], low, _HIGHEST if found[3] == "+" else int(found[4] or low))


def filled(files: tuple[SheetFile, ...], levels: Mapping[str, int], values: Mapping[str, str]) -> dict[str, str]:
    """The files that are there at these levels of care, by path, with their values. The later one of two wins."""
    return {_filled(one.path, values): _filled(one.text, values) for one in files if one.is_there(levels)}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"<<([a-z ]+)>>", lambda found: values[found[1]], text)
