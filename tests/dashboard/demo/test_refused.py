"""The lines of the demo that cannot be taken in: each for a reason of its own."""

from datetime import timedelta

import orjson
import pytest

from dashboard.demo.organisation import bad_lines
from ingest.errors import MalformedPayload
from ingest.parsers.native import key_of, parse_line
from tests.dashboard.demo.conftest import NOW, Events


def test_it_is_the_same_for_the_same_seed() -> None:
    assert bad_lines(1, NOW) == bad_lines(1, NOW)


def test_it_holds_one_line_each() -> None:
    assert not any(b"\n" in line for line in bad_lines(1, NOW))


@pytest.mark.parametrize("seed", range(5))
def test_it_gives_the_parser_four_reasons_to_refuse(seed: int) -> None:
    codes = []
    for line in bad_lines(seed, NOW):
        try:
            parse_line(line, NOW + timedelta(minutes=1))
        except MalformedPayload as error:
            codes.append(error.code)
    assert codes == ["bad_json", "unknown_type", "future_time", "negative_duration"]


def test_it_uses_one_key_again_with_other_content(year: Events) -> None:
    known = {event["event"]: event for event in year}
    again = [line for line in bad_lines(1, NOW) if key_of(line) in known]
    assert len(again) == 1
    assert orjson.loads(again[0]) != known[key_of(again[0]) or ""]
