"""The course of adoption equals what one works out by hand, whatever the facts are."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.catalogue.ownership import Period, owner_on
from scorecards.adoption.capabilities import ACTIVITY, Origin, load
from scorecards.adoption.course import Course, course
from scorecards.adoption.spells import ACTIVE, Spell, spells_of
from scorecards.adoption.uses import Rules, ServiceEvidence
from tests.scorecards.adoption.by_hand import Sheet

FIRST = date(2026, 1, 1)
SPAN = 260
NOBODY = 99
KNOWN = load()
SIGNALS = tuple(KNOWN.signals)
SCANNED = tuple(signal.id for signal in KNOWN.of(Origin.SCAN))


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


numbers = st.integers(0, SPAN)
some_days = st.sets(numbers.map(day), max_size=5)
stretches = st.builds(
    lambda start, length, step: {day(at) for at in range(start, min(start + length, SPAN), step)},
    numbers, st.integers(1, 200), st.integers(1, 40),
)  # fmt: skip
evidence = some_days | stretches


@st.composite
def services(draw, number):
    """A service as rows: days of each signal, of looks and deployments, owners, a retirement."""
    seen = draw(st.dictionaries(st.sampled_from(SIGNALS), evidence, max_size=7))
    looked = draw(st.dictionaries(st.sampled_from(SCANNED), evidence, max_size=12))
    deployed = {one: draw(st.integers(1, 4)) for one in draw(evidence)}
    teams = draw(st.lists(st.sampled_from([1, 2, 3, NOBODY]), max_size=3))
    starts = sorted(draw(st.sets(numbers.map(day), min_size=3, max_size=3)))
    owners = [
        Period(team, starts[at - 1] if at else None, starts[at] if at < len(teams) - 1 else None)
        for at, team in enumerate(teams)
    ]
    return number, seen, looked, deployed, owners, draw(st.none() | numbers.map(day))


organisations = st.integers(1, 5).flatmap(lambda count: st.tuples(*(services(number) for number in range(count))))
everywhere = st.fixed_dictionaries(
    {origin: evidence for origin in Origin if origin not in (Origin.SCAN, Origin.CATALOGUE)}
)
rules = st.builds(
    lambda at_least, share: Rules(KNOWN, at_least, share),
    st.integers(1, 5),
    st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(1), Fraction(7, 10)]),
)


def of_rows(told, looks, known: Rules, first: date, last: date) -> Course:
    return course(
        [
            ServiceEvidence(
                number,
                retired_on,
                owners,
                {name: spells_of(days) for name, days in seen.items()} | {ACTIVITY: spells_of(deployed, ACTIVE)},
                {name: spells_of(days) for name, days in looked.items()},
                {one.toordinal(): count for one, count in deployed.items()},
            )
            for number, seen, looked, deployed, owners, retired_on in told
        ],
        {origin: spells_of(days) for origin, days in looks.items()},
        known,
        first,
        last,
        NOBODY,
    )


def by_hand(told, looks, known: Rules) -> Sheet:
    owners = {number: periods for number, _, _, _, periods, _ in told}

    def owner(service: int, on: date) -> int | None:
        team = owner_on(owners[service], on)
        return None if team == NOBODY else team

    looked = {(number, name, one) for number, _, by_name, *_ in told for name, days in by_name.items() for one in days}
    return Sheet(
        known.capabilities,
        {(number, name, one) for number, seen, *_ in told for name, days in seen.items() for one in days},
        looked | {(None, s.id, one) for s in KNOWN.signals.values() for one in looks.get(s.origin, ())},
        {(number, one): count for number, _, _, deployed, *_ in told for one, count in deployed.items()},
        owner,
        [number for number, *_ in told],
        {number: retired_on for number, *_, retired_on in told if retired_on is not None},
        known.at_least,
        float(known.share),
    )


@settings(max_examples=40)
@given(organisations, everywhere, rules, numbers, st.integers(0, 40))
def test_it_equals_the_sheet_on_every_day(told, looks, known, start, length):
    first, last = day(start), day(start + length)
    found, sheet = of_rows(told, looks, known, first, last), by_hand(told, looks, known)
    held = {number: sheet.service(number, first - timedelta(days=1)) for number in sheet.services}
    teams = set()
    for number in range(start, start + length + 1):
        wanted = sheet.day(day(number))
        assert found.organisation[day(number)] == wanted.organisation
        for team, figures in wanted.teams.items():
            assert found.teams[team, day(number)] == figures
            teams.add((team, day(number)))
        for service, figures in wanted.services.items():
            assert found.services.get((service, day(number)), held[service]) == figures
            assert ((service, day(number)) in found.services) == (figures != held[service])
            held[service] = figures
    assert found.teams.keys() == teams
    assert len(found.organisation) == length + 1


@settings(max_examples=25)
@given(organisations, everywhere, rules, st.integers(1, SPAN))
def test_days_may_be_computed_in_parts(told, looks, known, cut):
    whole = of_rows(told, looks, known, FIRST, day(SPAN))
    before = of_rows(told, looks, known, FIRST, day(cut - 1))
    after = of_rows(told, looks, known, day(cut), day(SPAN))
    for part in ("organisation", "teams", "services"):
        assert getattr(before, part) | getattr(after, part) == getattr(whole, part)


# ---------------------------------------------------------------- by example

LAST = day(120)


EVERY_WEEK = {day(number) for number in range(0, SPAN, 7)}


def one_service(signals: dict[str, list[int]], looks: dict[str, list[int]] | None = None):
    """A service of team 1 that deployed once, on day 100."""
    seen = {name: {day(one) for one in days} for name, days in signals.items()}
    looked = {name: {day(one) for one in days} for name, days in (looks or {}).items()}
    return [(1, seen, looked, {day(100): 1}, [Period(1, None, None)], None)]


@pytest.mark.parametrize(("on", "state"), [(100, "used"), (127, "used"), (128, "not"), (129, "not")])
def test_a_capability_is_used_for_28_days(on, state):
    told = of_rows(one_service({"deployment": [100]}), {Origin.DEPLOYMENTS: EVERY_WEEK}, Rules(KNOWN), FIRST, day(on))
    newest = max(told.services)
    assert told.services[newest]["states"]["ci_cd"] == state


@pytest.mark.parametrize(("on", "active"), [(99, 0), (100, 1), (190, 1), (191, 0)])
def test_a_service_is_active_for_90_days_after_a_deployment(on, active):
    found = of_rows(one_service({}), {}, Rules(KNOWN), day(on), day(on))
    assert found.organisation[day(on)]["services"] == active


def test_what_nobody_could_look_at_is_unknown_and_widens_the_interval():
    blind = of_rows(one_service({}), {}, Rules(KNOWN), LAST, LAST).organisation[LAST]
    assert (blind["teams"], blind["teams_using"], blind["teams_possible"]) == (1, 0, 1)
    assert blind["capabilities"]["infrastructure"]["unknown"] == 1
    looks = {name: [110] for name in SCANNED}
    every = {origin: {day(110)} for origin in Origin}
    seeing = of_rows(one_service({}, looks), every, Rules(KNOWN), LAST, LAST).organisation[LAST]
    assert (seeing["teams_using"], seeing["teams_possible"]) == (0, 0)
    assert {name: told["unknown"] for name, told in seeing["capabilities"].items() if told["unknown"]} == {
        "platform_api": 1
    }


def test_a_capability_that_no_signal_can_show_is_never_counted_as_not_used():
    every = {origin: {day(110)} for origin in Origin}
    told = of_rows(one_service({}, {name: [110] for name in SCANNED}), every, Rules(KNOWN, 1), LAST, LAST)
    assert told.organisation[LAST]["services_possible"] == 1
    assert told.organisation[LAST]["services_using"] == 0


def test_a_scanner_in_the_pipeline_counts_only_while_the_pipeline_deploys():
    looks = {name: [100] for name in SCANNED}
    with_both = one_service({"scanner-step": [100], "deployment": [110]}, looks)
    alone = one_service({"scanner-step": [100]}, looks)
    every = {origin: {day(100)} for origin in Origin}
    for told, state in ((with_both, "used"), (alone, "not")):
        found = of_rows(told, every, Rules(KNOWN), day(110), day(110)).organisation[day(110)]
        assert found["capabilities"]["security"]["used"] == (state == "used")
        assert found["capabilities"]["security"]["configured"] == 1
    later = of_rows(with_both, every, Rules(KNOWN), day(128), day(128)).organisation[day(128)]
    assert later["capabilities"]["security"] == {"configured": 0, "used": 0, "retained": 0, "unknown": 1}


@pytest.mark.parametrize(
    ("services", "using", "state"), [(4, 2, "uses"), (3, 1, "partly"), (3, 2, "uses"), (3, 0, "not"), (1, 1, "uses")]
)
def test_a_team_uses_it_when_half_of_its_services_are_on_it(services, using, state):
    on_it = {"deployment": {day(100)}, "declared": {day(100)}, "helm-chart": {day(100)}}
    told = [
        (number, on_it if number < using else {}, {}, {day(100): 1}, [Period(1, None, None)], None)
        for number in range(services)
    ]
    found = of_rows(told, {}, Rules(KNOWN), LAST, LAST)
    assert found.teams[1, LAST]["state"] == state
    assert found.organisation[LAST]["teams_using"] == (state == "uses")
    assert found.organisation[LAST]["teams_partly"] == (state == "partly")


def test_deployments_of_the_last_28_days_are_the_third_weighting():
    on_it = {name: {day(number) for number in range(90, 121)} for name in ("deployment", "declared", "helm-chart")}
    told = [
        (1, on_it, {}, {day(92): 5, day(93): 3, day(120): 1}, [Period(1, None, None)], None),
        (2, {}, {}, {day(100): 7}, [Period(NOBODY, None, None)], None),
    ]
    found = of_rows(told, {}, Rules(KNOWN), LAST, LAST).organisation[LAST]
    assert (found["deployments"], found["deployments_using"]) == (3 + 1 + 7, 3 + 1)
    assert (found["services"], found["teams"]) == (2, 1)


def test_what_is_retained_was_used_in_three_of_the_last_four_months():
    days = {day(number) for number in range(60, 121)}
    looks: dict[Origin, set[date]] = {}
    found = of_rows([(1, {"helm-chart": days}, {}, {day(100): 1}, [], None)], looks, Rules(KNOWN), FIRST, LAST)
    kept = [
        one
        for one in sorted(found.organisation)
        if found.organisation[one]["capabilities"]["infrastructure"]["retained"]
    ]
    assert (kept[0], kept[-1]) == (day(116), LAST)


def test_a_retired_service_counts_no_more_from_that_day_on():
    told = [(1, {}, {}, {day(100): 1}, [Period(1, None, None)], day(110))]
    found = of_rows(told, {}, Rules(KNOWN), day(109), day(111))
    assert [found.organisation[day(number)]["services"] for number in (109, 110, 111)] == [1, 0, 0]
    assert (1, day(110)) not in found.teams
    assert found.services[1, day(110)] == {"state": "inactive"}


def test_spells_may_be_given_as_they_are_kept():
    spell = Spell(day(90), day(110))
    found = course([ServiceEvidence(1, spells={ACTIVITY: [spell], "declared": [spell]})], {}, Rules(KNOWN), LAST, LAST)
    assert found.organisation[LAST]["capabilities"]["catalogue"]["used"] == 1


def test_nobody_is_no_data():
    found = course([], {}, Rules(KNOWN), FIRST, day(1))
    assert [figures["teams"] for figures in found.organisation.values()] == [0, 0]
    assert (found.teams, found.services) == ({}, {})
