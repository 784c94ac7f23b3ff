"""The delivery tools' pages name every option, with its default, and show snippets that are well-formed."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.parsers.named import READERS as NAMES
from ingest.parsers.named import Naming
from ingest.parsers.options import InvalidOptions
from ingest.parsers.senders import SENDERS
from tests.ingest.parsers.recorded import TOOLS

PAGES = Path(__file__).parents[3] / "docs" / "sources"


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def rows(name: str) -> dict[str, str]:
    """The options that a page's table lists, and what it says is their default."""
    table = page(name).partition("| Option | Default |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| (`.+?`) \| (.+?) \| ", table, re.MULTILINE)
    return {option: default for named, default in found for option in re.findall(r"`(\w+)`", named)}


def known(kind: str) -> set[str]:
    """The options that a kind's parser takes."""
    with pytest.raises(InvalidOptions) as error:
        SENDERS[kind].options({"?": 1})
    return set(str(error.value).rpartition("Known are: ")[2].rstrip(".").split(", "))


def default_of(options: Any, name: str) -> Any:
    value = getattr(options, name)
    return list(value) if isinstance(value, tuple) else value or None if isinstance(value, str | None) else dict(value)


@pytest.mark.parametrize("kind", TOOLS)
def test_a_page_lists_every_option_and_no_other(kind):
    assert rows(kind).keys() | NAMES.keys() == known(kind)
    assert rows(kind).keys() & NAMES.keys() == set()


@pytest.mark.parametrize("kind", TOOLS)
def test_a_page_tells_the_defaults_that_hold(kind):
    options = SENDERS[kind].options({})
    told = {name: None if text == "none" else json.loads(text.strip("`")) for name, text in rows(kind).items()}
    assert told == {name: default_of(options, name) for name in told}


def test_the_page_of_names_tells_the_defaults_that_hold():
    told = {name: None if text == "none" else json.loads(text.strip("`")) for name, text in rows("names").items()}
    assert told == {field.name: default_of(Naming(), field.name) for field in fields(Naming)}


@pytest.mark.parametrize("kind", TOOLS)
def test_a_page_shows_well_formed_yaml(kind):
    for block in re.findall(r"```yaml\n(.*?)```", page(kind), re.DOTALL):
        for document in yaml.safe_load_all(block):
            for value in document.get("data", {}).values():
                assert yaml.safe_load(value)


@pytest.mark.parametrize("kind", TOOLS)
def test_a_page_tells_how_to_add_the_source_and_how_things_are_identified(kind):
    assert f"    python manage.py add_source {kind}\n" in page(kind)
    assert f"**Ids**: `{kind}/" in page(kind)
