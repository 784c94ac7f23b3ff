"""(pure) The facts of a scanned repository -> which signals of which services were seen, and where."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.repository.node import Place
from scorecards.adoption.capabilities import Signal, Speaks
from scorecards.checks.finding import Outcome
from scorecards.rules.facts import Facts
from scorecards.rules.judging import outcomes
from scorecards.scans.claims import Claim, claimed_by


class Sightings(NamedTuple):
    """``seen``: by service and signal, the first place that shows it. ``looked``: the signals of services of which it
    is certain whether they are there."""

    seen: dict[tuple[int, str], Place]
    looked: set[tuple[int, str]]


def sightings(facts: Facts, signals: Iterable[Signal], claims: Sequence[Claim], *, whole: bool) -> Sightings:
    """``whole``: no part of the repository was left out, so that what is not seen is not there."""
    found = Sightings({}, set())
    for signal in signals:
        unsure: set[int] = set()
        for outcome, _, place in outcomes(signal.rule or {}, facts):
            if outcome in (Outcome.PASS, Outcome.UNKNOWN):
                path = "" if signal.speaks is Speaks.REPOSITORY else place.path
                for service_id in claimed_by(path, claims):
                    if outcome is Outcome.PASS:
                        found.seen.setdefault((service_id, signal.id), place)
                    else:
                        unsure.add(service_id)
        certain = {claim.service_id for claim in claims if whole and claim.service_id not in unsure}
        found.looked.update((pk, signal.id) for pk in certain)
        found.looked.update(key for key in found.seen if key[1] == signal.id)
    return found
