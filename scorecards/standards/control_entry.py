"""(pure) One control of a pack, read from its entry."""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from yaml.nodes import MappingNode

from ingest.catalogue.documents import BadEntry
from scorecards.standards.members import LONG, Members, Problems
from scorecards.standards.plain import plain
from scorecards.standards.standard import Control, Level, Phase

CONTROL = (
    "id",
    "title",
    "level",
    "phase",
    "weight",
    "check",
    "signal",
    "signal_text",
    "rule",
    "per",
    "applies",
    "not_applicable",
    "alternative_to",
    "why",
    "pass",
    "partial",
    "fail",
    "remediation",
    "equivalents",
)
_DECIDERS = ("check", "signal", "rule")
_WEIGHT = re.compile(r"[1-5]")


class Place(NamedTuple):
    """Where a control stands in the standard."""

    section: str
    subsection: str


def read_control(members: Members, place: Place, known_checks: Collection[str] | None, problems: Problems) -> Control:
    """The control that the members tell; what is wrong in it is told to ``problems``."""
    _check_deciders(members, known_checks)
    return Control(
        id=members.identity("id"),
        title=members.required("title"),
        level=members.one_of("level", Level),
        phase=members.one_of("phase", Phase),
        weight=_weight(members),
        section=place.section,
        subsection=place.subsection,
        check=members.text("check"),
        signal=members.text("signal"),
        signal_text=members.required("signal_text", LONG) if "signal" in members else None,
        rule=_rule(members, problems),
        rule_line=members.line_of("rule") if "rule" in members else None,
        per=members.text("per") or "repository",
        applies=members.text("applies", LONG) or "always",
        not_applicable=members.text("not_applicable", LONG),
        pass_text=members.required("pass", LONG),
        partial_text=members.text("partial", LONG),
        fail_text=members.required("fail", LONG),
        why=members.required("why", LONG),
        remediation=members.required("remediation", LONG),
        equivalents=members.lists("equivalents"),
        alternative_to=members.text("alternative_to"),
    )


def _check_deciders(members: Members, known_checks: Collection[str] | None) -> None:
    told = [name for name in _DECIDERS if name in members]
    if len(told) != 1:
        members.refuse(told[1] if told else "id", "wants exactly one of check, signal and rule beside it.")
    if "signal_text" in members and "signal" not in members:
        members.refuse("signal_text", "says what a signal is; this control has none.")
    check = members.text("check") if "check" in members else None
    if check is not None and known_checks is not None and check not in known_checks:
        members.refuse("check", f"names no check that there is: {check}.")


def _weight(members: Members) -> int:
    text = members.required("weight")
    if text and not _WEIGHT.fullmatch(text):
        members.refuse("weight", f"must be a whole number from 1 to 5, not {text}.")
        return 1
    return int(text or 1)


def _rule(members: Members, problems: Problems) -> Mapping[str, Any] | None:
    node = members.nodes.get("rule")
    if node is None:
        return None
    if not isinstance(node, MappingNode):
        members.refuse("rule", "must be a mapping.")
        return None
    try:
        found: dict[str, Any] = plain(node)
    except BadEntry as error:
        problems.add(*error.problem)
        return None
    return found
