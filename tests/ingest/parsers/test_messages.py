"""What a commit's message gives away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.messages import is_bot, is_hotfix, read_message

SHA = "9049f1265b7d61be4a8904a9a27120d2064dab3b"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Merge pull request #7 from org/fix", 7),
        ("Add search (#12)", 12),
        ('Revert "Add search (#12)" (#13)', 13),
        ('Revert "Add search (#12)"', None),
        ("Mend #12", None),
        ("Add (#99999999999)", None),
        ("Add (#0)", None),
    ],
)
def test_it_finds_the_pull_request(text, number):
    assert read_message(text).pull_request == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'Revert "Add"\n\nThis reverts commit {SHA}.', (True, False)),
        (f"Undo it\n\nThis reverts commit {SHA}, reversing\nchanges made to {'a' * 40}.", (True, False)),
        ('Reapply "Add"', (True, True)),
        ('Revert "Revert "Add""', (True, True)),
        ('Merge pull request #5 from org/revert-4\n\nRevert "Add"', (True, False)),
        ("Do not revert", (False, False)),
    ],
)
def test_it_finds_reverts(text, expected):
    message = read_message(text)
    assert (message.revert, message.reapply) == expected
    assert message.reverts == ([SHA] if SHA in text else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hotfix: login", True), ("[Hotfix] login", True), ("hot-fix/login", True), ("HOTFIX", True),
        ("Describe the hotfix process", False), ("hotfixes in general", False), ("", False),
    ],
)  # fmt: skip
def test_it_takes_a_hotfix_by_how_it_begins(text, found):
    assert is_hotfix(text) is found


def test_it_knows_bots_by_their_mark():
    assert is_bot("dependabot[bot]")
    assert is_bot("x", "49699333+dependabot[bot]@users.noreply.github.com")
    assert is_bot("pyup.io bot")
    assert not is_bot("Abbot", "abbot@example.org")


@given(st.text())
def test_it_reads_any_text(text):
    assert len(read_message(text).title) <= 500
