"""Judges rules written in the test on a few files, or on rows written in the test."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from scorecards.checks.finding import Finding
from scorecards.reading.subject import Subject
from scorecards.rules import check_rule, judge_rule
from scorecards.rules.facts import COLLECTIONS, Row, Rows
from scorecards.rules.judging import findings

DAY = date(2026, 11, 23)
OWN_PACK = (Path(__file__).resolve().parents[2] / "data" / "own_pack.yaml").read_text(encoding="utf-8")


def subject(files: Mapping[str, str | bytes], name: str = "acme/pay") -> Subject:
    return Subject(tree_of(files), DAY, name=name)


def judge(rule: str, files: Mapping[str, str | bytes]) -> list[Finding]:
    return list(judge_rule(yaml.safe_load(rule), subject(files)))


def problems(rule: str) -> list[str]:
    return [problem.message for problem in check_rule(yaml.safe_load(rule), 1)]


class Written:
    """Facts written in the test: rows by collection, each a mapping of fields; what is left out is unknown."""

    def __init__(self, incomplete: tuple[str, ...] = (), **rows: list[dict[str, Any]] | None) -> None:
        self._rows = {"repository": [{"name": "acme/pay"}], **rows}
        self._incomplete = incomplete

    def rows(self, collection: str) -> Rows | None:
        told = self._rows.get(collection, [])
        if told is None:
            return None
        fields = [field.name for field in COLLECTIONS[collection].fields]
        rows = [
            Row(f"{collection} {at}", Place("f", at), tuple(one.get(name) for name in fields))
            for at, one in enumerate(told, 1)
        ]
        return Rows(tuple(rows), collection not in self._incomplete)


def answers(rule: str, facts: Written) -> list[str]:
    """The outcomes of a rule by unit, in order."""
    return [str(finding.outcome) for finding in findings(yaml.safe_load(rule), facts)]
