"""The comparison itself, on answers that are made up."""

import json
from typing import Any

import pytest

from ingest.repository.memory import tree_of
from scorecards.checks.registry import all_checks
from scorecards.standards.pack import builtin
from tests.referees import questions, table
from tests.referees.checkout import checkout, is_safe
from tests.referees.compare import Row, compare
from tests.referees.ours import READING
from tests.referees.questions import Expected, Question
from tests.referees.readings import READINGS
from tests.referees.repositories import Repository
from tests.referees.said import Said
from tests.referees.tools import TOOLS
from tests.referees.tools.checkov import read

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
        - {name: shop, image: "shop:latest"}
"""
FIXED = Question("DOP-3.1-06", "fixed tag", "container-image-immutable-and-approved", "checkov", ("CKV_K8S_14",),
                 "workload", failing=("fail",))  # fmt: skip


def rows(*said: Said, question: Question = FIXED, expected: tuple[Expected, ...] = (), **files: str) -> list[Row]:
    repository = Repository("acme/shop", "", tree_of({"app.yaml": DEPLOYMENT} | files))
    return list(compare(repository, question, list(said), list(expected)))


def said(fails: bool, unit: str = "Deployment.default.shop", **about: Any) -> Said:
    return Said("kubernetes", "CKV_K8S_14", "app.yaml", 2, unit, fails, **about)


def test_both_find_fault_with_the_same_workload() -> None:
    assert [(row.key, row.ours, row.theirs) for row in rows(said(True))] == [("app.yaml Deployment shop", True, True)]


def test_a_workload_that_the_tool_does_not_know_is_a_difference() -> None:
    assert [(row.ours, row.theirs) for row in rows()] == [(True, False)]


def test_a_workload_that_we_do_not_know_is_a_difference() -> None:
    assert (False, True) in [(row.ours, row.theirs) for row in rows(said(True, "Deployment.default.other"))]


def test_a_fault_in_one_of_several_answers_counts() -> None:
    assert rows(said(False), said(True))[0].theirs


def test_a_difference_that_is_meant_has_its_reason() -> None:
    meant = Expected("ours", "it may move", control="DOP-3.1-06", path="shop$", theirs="passes")
    assert [row.why for row in rows(said(False), expected=(meant,))] == ["it may move"]


@pytest.mark.parametrize("about", [{"path": "^shop"}, {"control": "DOP-3.1-01"}, {"theirs": "says nothing"}])
def test_a_reason_for_something_else_explains_nothing(about: dict[str, str]) -> None:
    assert [row.why for row in rows(said(False), expected=(Expected("ours", "no", **about),))] == [""]


def test_the_table_counts_and_names_what_is_unexplained() -> None:
    text = table.table(rows(said(False)))
    assert "| DOP-3.1-06 | fixed tag | checkov CKV_K8S_14 | 0 | 0 | 1 | 0 | 0 | 1 |" in text
    assert "acme/shop app.yaml Deployment shop (line 2)" in text


def test_one_framework_and_several_are_read_alike() -> None:
    one = {"check_type": "kubernetes", "results": {"passed_checks": [], "failed_checks": [
        {"check_id": "CKV_K8S_14", "file_path": "/app.yaml", "file_line_range": [2, 9], "resource": "Deployment.a.b"}
    ]}}  # fmt: skip
    assert list(read(json.dumps(one))) == list(read(json.dumps([one])))
    assert list(read('{"passed": 0}')) == []


@pytest.mark.parametrize("path", ["../x", "a/../../x", ".git/config", "-", ".checkov.yaml", "a/ansible.cfg", "a\nb"])
def test_a_checkout_leaves_out_settings_of_tools_and_odd_names(path: str) -> None:
    assert is_safe(path) is (path == "-")


def test_a_checkout_holds_the_files_of_the_tree() -> None:
    with checkout(tree_of({"a/b.yaml": "x: 1\r\n", "vendor/c.yaml": "y"})) as folder:
        assert [(path.name, path.read_bytes()) for path in folder.rglob("*.yaml")] == [("b.yaml", b"x: 1\r\n")]


# ---------------------------------------------------------------- the questions


def test_every_question_names_a_control_a_check_and_a_tool() -> None:
    controls = {control.id for control in builtin().controls} | {"reading"}
    for question in questions.load()[0]:
        name = question.check
        known = name.removeprefix(READING) in READINGS if name.startswith(READING) else name in all_checks()
        assert known and question.control in controls and question.tool in TOOLS, question


def test_every_reason_is_for_a_question_that_is_asked() -> None:
    asked, expected = questions.load()
    for one in expected:
        assert one.why and any(
            one.control in ("", question.control)
            and one.asks in ("", question.asks)
            and one.tool in ("", question.tool)
            for question in asked
        ), one
