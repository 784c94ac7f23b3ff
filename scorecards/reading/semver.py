"""(pure) Semantic versions and the ranges that Helm and Terraform-like tools write of them."""

import re
from typing import NamedTuple

_VERSION = re.compile(
    r"v?(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})"
    r"(?:-([0-9A-Za-z.-]{1,200}))?(?:\+([0-9A-Za-z.-]{1,200}))?\Z"
)
_CLAUSE = re.compile(
    r"(=|==|!=|>=?|=>|<=?|=<|~>?|\^)?\s*v?(\d{1,18}|[xX*])(?:\.(\d{1,18}|[xX*]))?(?:\.(\d{1,18}|[xX*]))?"
    r"(?:-([0-9A-Za-z.-]{1,200}))?(?:\+[0-9A-Za-z.-]{1,200})?\Z"
)
_HYPHEN = re.compile(r"\s*(\S{1,100})\s+-\s+(\S{1,100})\s*\Z")
_SPLIT = re.compile(r"\s*,\s*|(?<=[\dxX*])\s+(?=[<>=!~^])")
MAX_RANGE = 300


class Version(NamedTuple):
    """``pre`` is the prerelease, empty for none; it compares as the specification says."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    @property
    def order(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        parts = tuple(
            (not part.isdigit(), int(part[:18]) if part.isdigit() else 0, part) for part in self.pre.split(".") if part
        )
        return self.major, self.minor, self.patch, not self.pre, parts


class _Clause(NamedTuple):
    sign: str
    low: Version
    given: int  # how many numbers are written: 1 to 3; 0 for ``*``


def version(text: str) -> Version | None:
    """A version in full, ``v1.2.3-rc.1+build``; ``None`` for anything else."""
    match = _VERSION.match(text.strip()[:MAX_RANGE])
    return Version(int(match[1]), int(match[2]), int(match[3]), match[4] or "") if match else None


def is_strict(text: str) -> bool:
    """Whether a text is a version as semver.org writes it, without a leading v."""
    return not text.startswith("v") and version(text) is not None and text == text.strip()


def satisfies(found: Version, wanted: str) -> bool | None:
    """Whether a version lies in a range (``~1.2``, ``>=1 <3``, ``1.x || 2.0.1``); ``None``: it is no such range."""
    alternatives = [_clauses(part) for part in wanted[:MAX_RANGE].split("||")]
    if any(clauses is None for clauses in alternatives):
        return None
    return any(all(_holds(found, clause) for clause in clauses) for clauses in alternatives if clauses is not None)


def is_exact(wanted: str) -> bool:
    """Whether a range names one version."""
    clauses = _clauses(wanted) if "||" not in wanted else None
    return clauses is not None and len(clauses) == 1 and clauses[0].sign in ("", "=", "==") and clauses[0].given == 3


def is_any(wanted: str) -> bool:
    """Whether a range lets any version in, or any from some one on: ``*``, ``x``, ``>0``, ``>=1.2``."""
    for part in wanted[:MAX_RANGE].split("||"):
        clauses = _clauses(part)
        if clauses is not None and all(
            clause.given == 0 or clause.sign in (">", ">=", "=>", "!=") for clause in clauses
        ):
            return True
    return False


def _clauses(text: str) -> list[_Clause] | None:
    text = text[:MAX_RANGE]
    hyphen = _HYPHEN.match(text)
    parts = [f">={hyphen[1]}", f"<={hyphen[2]}"] if hyphen else [part for part in _SPLIT.split(text.strip()) if part]
    found = [_clause(part) for part in parts]
    return None if None in found else [clause for clause in found if clause is not None]


def _clause(text: str) -> _Clause | None:
    match = _CLAUSE.match(text)
    if match is None:
        return None
    numbers: list[int] = []
    for part in match.groups()[1:4]:
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return _Clause(match[1] or "", Version(major, minor, patch, match[5] or ""), len(numbers))


def _holds(found: Version, clause: _Clause) -> bool:
    low, sign = clause.low, clause.sign
    if found.pre and not low.pre:
        return False  # prereleases count only where the range names one
    if clause.given == 0:
        return True
    if sign in (">=", "=>"):
        return found.order >= low.order
    if sign == "<":
        return found.order < low.order
    end = _end(clause)
    if sign == ">":
        return found.order > low.order if clause.given == 3 else found.order >= end
    if sign in ("<=", "=<"):
        return found.order <= low.order if clause.given == 3 else found.order < end
    is_inside = low.order <= found.order < end
    if sign in ("", "=", "==", "!=") and clause.given == 3:
        is_inside = found.order == low.order
    return not is_inside if sign == "!=" else is_inside


def _end(clause: _Clause) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
    """The first version behind a tilde, a caret or a version written in part."""
    low = clause.low
    if clause.sign == "^":
        if low.major or clause.given == 1:
            return Version(low.major + 1, 0, 0).order
        return (Version(0, low.minor + 1, 0) if low.minor or clause.given == 2 else Version(0, 0, low.patch + 1)).order
    return (Version(low.major + 1, 0, 0) if clause.given == 1 else Version(low.major, low.minor + 1, 0)).order
