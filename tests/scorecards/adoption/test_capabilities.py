"""The list of capabilities: what stands in it, how an organisation lays its own over it, and what is refused where."""

from pathlib import Path

import pytest

from scorecards.adoption.capabilities import Origin, Speaks, load, read
from scorecards.errors import InvalidPack

ROOT = Path(__file__).resolve().parents[3]

OWN = b"""
signals:
  - id: platform-sdk
    title: The platform's library
    rule:
      for-each: dependencies
      pass-if: {fact: name, is: acme-platform}
capabilities:
  - id: platform_api
    title: Platform API
    what: The team asks the platform.
    why: It saves time.
    begin: Take the library.
    used-by: [platform-sdk, [deployment, declared]]
"""


def test_it_has_the_capabilities_of_the_definition_in_its_order():
    assert load().ids == (
        "catalogue", "ci_cd", "infrastructure", "observability", "security", "templates", "resources", "platform_api",
    )  # fmt: skip


def test_every_capability_says_what_why_and_how_to_begin():
    for one in load():
        assert one.title and one.what.endswith(".") and one.why.endswith(".") and one.begin.endswith(".")
        assert set(one.signals) <= set(load().signals)
    assert [one.id for one in load() if not one.used_by] == ["platform_api"]


def test_every_signal_is_asked_for_by_a_capability():
    assert {name for one in load() for name in one.signals} == set(load().signals)
    assert all((signal.rule is None) != (signal.origin is Origin.SCAN) for signal in load().signals.values())


def test_an_organisation_lays_its_own_over_it():
    own = read(OWN, "own.yaml", over=load())
    assert own.ids == load().ids
    assert own.key != load().key
    api = next(one for one in own if one.id == "platform_api")
    assert api.used_by == (("platform-sdk",), ("deployment", "declared"))
    assert own.signals["platform-sdk"].speaks is Speaks.PATH
    assert set(own.signals) == set(load().signals) | {"platform-sdk"}


def test_a_capability_of_its_own_is_added_at_the_end():
    own = read(OWN.replace(b"id: platform_api", b"id: events"), "own.yaml", over=load())
    assert own.ids == (*load().ids, "events")


def test_the_file_is_read_from_its_path(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(OWN)
    assert "platform-sdk" in load(str(path)).signals
    with pytest.raises(InvalidPack, match="can't be read"):
        load(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("used-by: [platform-sdk", "used-by: [platform-api", 14, "There is no signal “platform-api”"),
        ("for-each: dependencies", "for-each: parcels", 5, "There is no collection “parcels”"),
        ("pass-if: {fact: name", "pass-if: {fact: nom", 5, "nom"),
        ("title: The platform's library", "titel: x", 4, "“titel” is not known here"),
        ("id: platform-sdk", "id: activity", 3, "is taken: activity"),
        ("    rule:", "    from: deployments\n    rule:", 3, "exactly one of rule and from"),
        ("    rule:", "    of: planet\n    rule:", 5, "is not one of path, repository"),
        ("used-by: [platform-sdk, [deployment, declared]]", "used-by: platform-sdk", 14, "must be a list"),
        ("    why: It saves time.\n", "", 9, "“why” is required"),
        ("signals:", "signal:", 2, "“signal” is not known here"),
        ("capabilities:", "capabilities: []\nothers:", 9, "“others” is not known here"),
        ("  - id: platform-sdk", "  - id: 'a b'", 3, "must be letters"),
        ("signals:", "- 1\n---\nsignals:", 1, "exactly one YAML document"),
        ("what: The team", "what: !!python/name:os.system The team", 11, "The tag"),
    ],
)  # fmt: skip
def test_it_refuses_with_the_place(old, new, line, message):
    text = OWN.decode()
    assert old in text
    with pytest.raises(InvalidPack) as refused:
        read(text.replace(old, new).encode(), "own.yaml", over=load())
    told = [problem for problem in refused.value.problems if message in problem.message]
    assert told, str(refused.value)
    assert told[0].file == "own.yaml"
    assert told[0].line == line


def test_an_empty_file_is_refused():
    with pytest.raises(InvalidPack, match="exactly one"):
        read(b"", "own.yaml", over=load())


def test_the_page_tells_every_capability_and_signal():
    page = (ROOT / "docs" / "adoption.md").read_text(encoding="utf-8")
    for one in load():
        assert f"`{one.id}`" in page
    for name in load().signals:
        assert f"`{name}`" in page


def test_the_example_of_the_page_is_taken():
    page = (ROOT / "docs" / "adoption.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert len(read(example.encode(), "example.yaml", over=load()).signals) > len(load().signals)
