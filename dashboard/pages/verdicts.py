"""Verdicts as pages show them: a shape, a colour and a word, never a hue alone."""

from dataclasses import dataclass
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from scorecards.standards.verdict import Verdict

Kind = Literal["good", "warn", "bad", "none", "unknown", "waived", "absent"]

WORDS: dict[Verdict, str] = {
    Verdict.FAIL: "fails",
    Verdict.PARTIAL: "in part",
    Verdict.UNKNOWN: "unknown",
    Verdict.PASS: "passes",
    Verdict.NOT_APPLICABLE: "does not apply",
    Verdict.NOT_CONNECTED: "not connected",
    Verdict.WAIVED: "waived",
}
KINDS: dict[Verdict, Kind] = {
    Verdict.FAIL: "bad",
    Verdict.PARTIAL: "warn",
    Verdict.UNKNOWN: "unknown",
    Verdict.PASS: "good",
    Verdict.NOT_APPLICABLE: "absent",
    Verdict.NOT_CONNECTED: "none",
    Verdict.WAIVED: "waived",
}
CAUSES: dict[str, str] = {
    "repository": "a new commit",
    "control": "the standard or a date in it",
    "scope": "the service's scope or options",
    "scanner": "the checks themselves",
    "waiver": "a waiver",
    "data": "connected data",
}
# The outlines of the shapes; a hole is an outline within an outline.
_SHAPES: dict[Kind, str] = {
    "good": "M5 .5a4.5 4.5 0 1 0 .001 0z",
    "warn": "M5 .5a4.5 4.5 0 1 0 .001 0z M5 1.4a3.6 3.6 0 0 0 0 7.2z",
    "bad": "M5 .5l4.7 9H.3z",
    "unknown": "M2.3 3.4a2.7 2.7 0 1 1 3.4 2.6v1.2H4.3V5a1.3 1.3 0 1 0-.7-1.6zM4.3 8.2h1.4v1.4H4.3z",
    "none": "M1 4.3h8v1.4H1z",
    "waived": "M1 1h8v8H1zM2 2v6h6V2z",
    "absent": "M5 4a1 1 0 1 0 .001 0z",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict's shape with its word."""

    kind: Kind
    word: str

    @classmethod
    def of(cls, verdict: str) -> "Mark":
        return cls(KINDS[Verdict(verdict)], WORDS[Verdict(verdict)])

    @property
    def svg(self) -> SafeString:
        markup = (
            '<svg viewBox="0 0 10 10" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d="{}"/></svg>'
        )
        return format_html(markup, _SHAPES[self.kind])

    @property
    def shown(self) -> SafeString:
        """Shape and word."""
        return format_html('<span class="status {}">{}{}</span>', self.kind, self.svg, self.word)

    @property
    def alone(self) -> SafeString:
        """The shape, its word for those who can't see it."""
        markup = '<span class="status {0}" title="{2}">{1}<span class="hidden-text">{2}</span></span>'
        return format_html(markup, self.kind, self.svg, self.word)
