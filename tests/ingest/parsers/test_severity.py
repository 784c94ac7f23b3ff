"""Words for how grave an incident is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.severity import severity_of_word


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", "sev1"), ("Page", "sev2"), ("warning", "sev3"), ("info", "sev4"), ("P1", "sev1"), ("P0", "sev1"),
        ("P5", "sev4"), ("SEV-2", "sev2"), ("P3 - Moderate", "sev3"), ("severity: 4", "sev4"), ("2", "sev2"),
        ("none", None), ("", None), (None, None), ("P12", None), ("unknown", None), ("3am", "sev3"),
    ],
)  # fmt: skip
def test_it_reads_the_usual_words_and_numbers(word, severity):
    assert severity_of_word(word, {}) == severity


def test_what_a_source_is_told_comes_first():
    assert severity_of_word(" Critical ", {"critical": "sev2", "boom": "sev1"}) == "sev2"
    assert severity_of_word("boom", {"boom": "sev1"}) == "sev1"


@given(st.text())
def test_it_takes_any_text(word):
    assert severity_of_word(word, {}) in ("sev1", "sev2", "sev3", "sev4", None)
