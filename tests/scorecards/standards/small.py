"""Small standards for tests, with boring controls."""

from collections import Counter
from typing import Any

from hypothesis import strategies as st

from scorecards.standards.standard import Control, Level, Phase, Section, Standard, Subsection
from scorecards.standards.verdict import ControlResult, Verdict, control_result

FAIL, PARTIAL, UNKNOWN, PASS = Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.PASS
NOT_APPLICABLE, NOT_CONNECTED, WAIVED = Verdict.NOT_APPLICABLE, Verdict.NOT_CONNECTED, Verdict.WAIVED
REQUIRED, RECOMMENDED, ALTERNATIVE, PROGRAMME = Level


def control(control_id: str, level: Level = REQUIRED, weight: int = 1, **changes: Any) -> Control:
    """A control of phase Foundation that is decided from files."""
    told: dict[str, Any] = {
        "title": f"Do {control_id}",
        "phase": Phase.FOUNDATION,
        "section": "1",
        "subsection": "All",
        "check": None if "signal" in changes else f"check-{control_id}",
        "signal": None,
        "signal_text": None,
        "rule": None,
        "rule_line": None,
        "per": "repository",
        "applies": "always",
        "not_applicable": None,
        "pass_text": "done",
        "partial_text": None,
        "fail_text": "not done",
        "why": "It hurts.",
        "remediation": f"Do {control_id} at last.",
        "equivalents": {},
        "alternative_to": None,
        **changes,
    }
    return Control(id=control_id, level=level, weight=weight, **told)


def standard_of(*controls: Control) -> Standard:
    sections = tuple(
        Section(
            section,
            "Chapter",
            "Section",
            (Subsection("All", REQUIRED, tuple(found for found in controls if found.section == section)),),
        )
        for section in sorted({found.section for found in controls})
    )
    return Standard("ACME", "1", "House rules", (), (), sections, controls)


def results(**verdicts: Verdict | list[Verdict]) -> list[ControlResult]:
    """``results(a=PASS, b=[FAIL, PASS])``: the units of each control."""
    return [control_result(name, found if isinstance(found, list) else [found]) for name, found in verdicts.items()]


# Every level and phase, an alternative of each sort, live controls, weights of 5.
MIXED = standard_of(
    control("assess", weight=5, phase=Phase.ASSESSMENT),
    control("tools", PROGRAMME, 1, phase=Phase.ASSESSMENT, section="9"),
    control("steady", PROGRAMME, 2, phase=Phase.ASSESSMENT, section="9", signal="phases-advance-in-order"),
    control("found", weight=3),
    control("grave", weight=5),
    control("instead", ALTERNATIVE, 3, alternative_to="found", section="2"),
    control("aside", ALTERNATIVE, 4, section="2"),
    control("platform", weight=4, phase=Phase.PLATFORM, section="2"),
    control("optimal", weight=4, phase=Phase.OPTIMIZATION, section="2"),
    control("advised", RECOMMENDED, 4, phase=Phase.OPTIMIZATION, section="2"),
    control("respond", weight=4, phase=Phase.EXCELLENCE, section="2", signal="incidents-answered"),
    control("daily", PROGRAMME, 3, phase=Phase.EXCELLENCE, section="9", signal="deployed-daily"),
)

units = st.lists(st.sampled_from(list(Verdict)), max_size=4)
repository_units = st.lists(st.sampled_from([found for found in Verdict if found is not NOT_CONNECTED]), max_size=4)


@st.composite
def mixed_results(draw: st.DrawFn) -> list[ControlResult]:
    """Results of a scanned service for each control of ``MIXED``."""
    return [control_result(found.id, draw(units if found.is_live else repository_units)) for found in MIXED.controls]


def decided(result: ControlResult, passes: list[bool]) -> ControlResult:
    """The result with each unknown unit looked at: passed or failed."""
    outcomes = Counter(result.outcomes)
    for number in range(outcomes.pop(UNKNOWN, 0)):
        outcomes[PASS if passes[number % len(passes)] else FAIL] += 1
    return ControlResult(result.control_id, outcomes)
