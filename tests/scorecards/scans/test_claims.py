"""Which services of a repository a finding speaks of."""

from scorecards.scans.claims import Claim, claimed_by

WHOLE, OTHER = Claim(1), Claim(2)
API, WEB = Claim(3, ("api/**",)), Claim(4, ("web/",))


def test_the_only_service_takes_all() -> None:
    assert claimed_by("a/b.yml", [WHOLE]) == [1]
    assert claimed_by("", [API]) == [3]
    assert claimed_by("web/x", [API]) == [3]


def test_a_part_goes_to_the_service_that_claims_it() -> None:
    assert claimed_by("api/x.py", [API, WEB]) == [3]
    assert claimed_by("web/x.py", [API, WEB]) == [4]


def test_what_nobody_claims_goes_to_the_first_or_to_those_without_a_part() -> None:
    assert claimed_by("lib/x.py", [API, WEB]) == [3]
    assert claimed_by("lib/x.py", [API, WHOLE, OTHER]) == [1, 2]


def test_services_of_the_whole_repository_share_it() -> None:
    assert claimed_by("a", [WHOLE, OTHER]) == [1, 2]


def test_what_is_said_of_the_repository_is_said_of_each_of_its_services() -> None:
    assert claimed_by("", [API, WEB]) == [3, 4]
