"""Many senders at once on PostgreSQL: shuffled, repeated and split over eight threads, the facts are those of peace."""

import json

import pytest

from tests.production import Site, postgresql_database

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.xdist_group("life on PostgreSQL")]  # made once

TELL = "from tests.ingest.inbox.life import told; print(told({seed}))"
OUTCOMES = "import json; from tests.ingest.inbox.life import outcomes; print(json.dumps(outcomes()))"


@pytest.fixture(scope="module")
def site():
    with postgresql_database() as url:
        yield Site(url)


@pytest.fixture
def calm(require_service, request):
    """What one thread makes of all deliveries in order; asked for once."""
    require_service("postgresql")
    site = request.getfixturevalue("site")
    held = getattr(site, "calm", None)
    if held is None:
        held = site.calm = told(site, 0)
        site.outcomes = json.loads(site.run(OUTCOMES))
    return held


def told(site, seed):
    return json.loads(site.run(TELL.format(seed=seed)))


def differing(one, other):
    found = {}
    for name in one:
        if one[name] != other[name]:
            ours, theirs = ({json.dumps(row) for row in rows} for rows in (one[name], other[name]))
            found[name] = (sorted(ours - theirs)[:3], sorted(theirs - ours)[:3])
    return found


def test_the_life_tells_of_every_kind_and_joins_what_is_one(calm, site):
    assert sum(map(len, site.outcomes.values())) >= 300
    assert {
        kind for kind, became in site.outcomes.items() if "quarantined" in became or "processed" not in became
    } == set()
    joined = [row for row in map(json.loads, calm["incidents"]) if row["duplicate_of__external_id"]]
    assert {row["external_id"].partition("/")[0] for row in joined} == {"alertmanager", "pagerduty", "opsgenie"}
    assert len(calm["deployments"]) >= 50


@pytest.mark.parametrize("seed", range(1, 4))
def test_eight_threads_in_any_order_tell_the_same(seed, calm, site):
    assert differing(told(site, seed), calm) == {}
