"""What the documents say is so: commands, variables, addresses, definitions, links."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from ingest.parsers.native import READERS, parse_line
from ingest.repository.tree import EXCLUDED, Limits
from scorecards.checks.registry import all_checks
from scorecards.metrics.records import FailureRule
from scorecards.models import VerdictChange, Waiver
from scorecards.reading.subject import Options
from scorecards.rollups.summary import METRICS, Reason
from scorecards.scanning import child, engine, run
from scorecards.standards import pack
from scorecards.standards.options import read_options
from scorecards.standards.score import NoScore
from scorecards.standards.standard import Level, Phase
from scorecards.standards.verdict import Verdict
from tests.factories import NOON

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ROOMS = ("ingest", "scorecards", "dashboard")
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in DOCUMENTS}


def section(title: str) -> str:
    """A section of the README, from its heading to the next of the same level."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def own_commands() -> set[str]:
    return {name for name, app in get_commands().items() if app in ROOMS}


def read_variables() -> set[str]:
    """The variables that product code reads, by the functions of ``dashboard/env.py``."""
    reads = re.compile(r"\benv_(?:str|bool|int|list|database|choice)\(\s*\"([A-Z_]+)\"")
    return {name for room in ROOMS for path in (ROOT / room).rglob("*.py") for name in reads.findall(path.read_text())}


def test_it_begins_with_the_two_commands():
    assert re.findall(r"^    (.+)$", README, re.MULTILINE)[:2] == ["make run", "make test"]


def test_it_lists_every_command_and_none_that_is_not_there():
    listed = {usage.split()[0] for usage in first_column(section("Commands"))}
    assert listed == own_commands()


def test_it_lists_every_variable_that_is_read_and_no_other():
    listed = first_column(section("Settings"))
    assert len(listed) == len(set(listed))
    assert set(listed) == read_variables()


@pytest.mark.parametrize("document", TEXTS)
def test_it_names_only_commands_that_there_are(document):
    text = TEXTS[document]
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) - get_commands().keys() == set()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)`", text)) - targets == set()


@pytest.mark.parametrize("document", TEXTS)
def test_it_shows_commands_with_options_that_they_have(document):
    from django.core.management import load_command_class

    for line in re.findall(r"^    (?:\w+=\$\()?python manage\.py ([^)\n]+)", TEXTS[document], re.MULTILINE):
        if "[" in line:
            continue  # a usage line, not one to type
        name, *arguments = shlex.split(line)
        app = get_commands().get(name)
        if app in ROOMS:
            load_command_class(app, name).create_parser("manage.py", name).parse_args(arguments)


@pytest.mark.parametrize("document", TEXTS)
def test_it_links_to_files_that_there_are(document):
    folder = (ROOT / document).parent
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", TEXTS[document])
    assert [to for to in targets if "://" not in to and not (folder / to).exists()] == []


@pytest.mark.parametrize("document", TEXTS)
def test_it_names_addresses_that_there_are(document):
    missing = []
    for address in re.findall(r"http://localhost:8000(/[\w/.-]*)|`(/[a-z][\w/.-]*)`", TEXTS[document]):
        path = address[0] or address[1]
        try:
            resolve(path)
        except Resolver404:
            missing.append(path)
    assert missing == []


def test_it_shows_events_that_are_taken():
    lines = re.findall(r"^    (\{\"event\".+)$", README, re.MULTILINE)
    assert [parse_line(line.encode(), NOON).observation.key for line in lines] == ["c1", "d1"]


def test_it_describes_every_type_of_event():
    text = TEXTS["docs/events.md"]
    assert [kind for kind in READERS if f"`{kind}`" not in text] == []


def test_it_defines_every_figure_rule_and_reason():
    text = TEXTS["docs/definitions.md"]
    words = (*METRICS, *get_args(FailureRule), *get_args(Reason))
    assert [word for word in words if f"`{word}`" not in text] == []


# ---------------------------------------------------------------- the standard

STANDARDS = TEXTS["docs/standards.md"]


def part(title: str) -> str:
    """A section of docs/standards.md."""
    return STANDARDS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell, without code marks."""
    found = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in found}


def told(default: object) -> str:
    """A default as the table writes it; what stands after a colon says what none means."""
    if isinstance(default, tuple):
        return f"`{', '.join(default)}`" if default else "none"
    if default == "":
        return "none"
    return f"`{str(default).lower()}`"


def test_it_has_a_check_for_each_control_and_a_control_for_each_check():
    named = {control.check for control in pack.builtin().controls if control.check is not None}
    assert named == set(all_checks())


def test_it_decides_each_control_by_a_check_or_a_signal():
    undecided = [one.id for one in pack.builtin().controls if (one.check is None) == (one.signal is None)]
    assert undecided == []


def test_it_has_a_control_in_each_sub_section():
    sections = pack.builtin().sections
    assert [part.title for section in sections for part in section.subsections if not part.controls] == []


def test_it_counts_the_controls_as_they_are():
    standard = pack.builtin()
    live = sum(control.is_live for control in standard.controls)
    said = f"{len(standard.controls)} controls in {len(standard.sections)} sections, {live} of them"
    assert said in " ".join(STANDARDS.split())
    counted = {count for text in TEXTS.values() for count in re.findall(r"\b(\d+) controls\b", text)}
    assert counted == {str(len(standard.controls))}


def test_it_tells_every_option_with_its_default():
    table = rows(part("Options of the organisation"))
    options = {field.name: told(field.default) for field in fields(Options)}
    assert {name: table[name][0].split(":")[0] for name in options} == options
    assert table.keys() - options.keys() == {"Option", "---"}


def test_it_shows_options_that_are_taken():
    example = "\n".join(re.findall(r"^    (.+)$", part("Options of the organisation"), re.MULTILINE))
    assert read_options(example.encode()).registries


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Verdicts", [*Verdict]),
        ("Levels", [*Level]),
        ("Phases", [*Phase]),
        ("Why a verdict changed", VerdictChange.Cause.values),
    ],
)
def test_it_has_a_row_for_each(title: str, words: list[str]):
    _, line, *names = rows(part(title))
    assert (line, sorted(names)) == ("---", sorted(words))


@pytest.mark.parametrize(
    ("title", "words"),
    [("Score", [*NoScore]), ("Waivers", Waiver.Reason.values), ("What is read", EXCLUDED)],
)
def test_it_names_each(title: str, words: list[str]):
    assert [word for word in words if f"`{word}`" not in part(title)] == []


def test_it_tells_the_limits_as_they_are():
    limits, table = Limits(), rows(part("Limits"))
    assert {name: cells[0] for name, cells in table.items() if name not in ("Limit", "---")} == {
        "names": f"{limits.entries:,}",
        "folders on the way to a file": str(limits.depth),
        "one file": f"{limits.file_bytes >> 20} MiB",
        "all files": f"{limits.total_bytes >> 20} MiB",
        "reading one file": f"{run.FILE_SECONDS:.0f} s",
        "one check": f"{run.CHECK_SECONDS:.0f} s",
        "one scan": f"{run.TOTAL_SECONDS / 60:.0f} min",
        "memory": f"{child.MEMORY_BYTES >> 30} GiB",
        "findings of one check, or results of another scanner for one control": f"{engine.MAX_FINDINGS:,}",
    }
