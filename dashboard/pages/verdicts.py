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
}
_SHAPES: dict[Kind, str] = {
    "good": '<circle cx="5" cy="5" r="4.5" fill="currentColor"/>',
    "warn": '<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor"/>'
    '<path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor"/>',
    "bad": '<path d="M5 .5l4.7 9H.3z" fill="currentColor"/>',
    "unknown": '<path d="M3 3.4C3 1.2 7.2 1 7.2 3.4 7.2 5 5 4.9 5 6.6M5 8.4v1" fill="none" '
    'stroke="currentColor" stroke-width="1.4"/>',
    "none": '<path d="M1 5h8" stroke="currentColor" stroke-width="1.5"/>',
    "waived": '<rect x="1.2" y="1.2" width="7.6" height="7.6" fill="none" stroke="currentColor"/>',
    "absent": '<circle cx="5" cy="5" r="1" fill="currentColor"/>',
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
        return format_html('<svg viewBox="0 0 10 10" aria-hidden="true">{}</svg>', SafeString(_SHAPES[self.kind]))

    @property
    def shown(self) -> SafeString:
        """Shape and word."""
        return format_html('<span class="status {}">{}{}</span>', self.kind, self.svg, self.word)

    @property
    def alone(self) -> SafeString:
        """The shape, its word for those who can't see it."""
        markup = '<span class="status {0}" title="{2}">{1}<span class="hidden-text">{2}</span></span>'
        return format_html(markup, self.kind, self.svg, self.word)
