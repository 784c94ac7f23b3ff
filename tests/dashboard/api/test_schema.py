"""What datasets and endpoints tell of themselves."""

from dataclasses import dataclass

from dashboard.api import shapes
from dashboard.api.schema import columns_schema, page_of


@dataclass
class Told:
    name: str
    type: str
    text: str = "What it is."
    unit: str = ""
    values: tuple = ()
    nullable: bool = False


def test_a_row_has_every_column_and_nothing_else():
    found = columns_schema([Told("slug", "TEXT"), Told("lead_time_seconds", "NUMBER", unit="seconds", nullable=True)])
    assert found == {
        "type": "object",
        "properties": {
            "slug": {"type": "string", "description": "What it is."},
            "lead_time_seconds": {"type": ["number", "null"], "description": "What it is. Unit: seconds."},
        },
        "required": ["slug", "lead_time_seconds"],
        "additionalProperties": False,
    }


def test_each_type_has_its_shape():
    types = ("TEXT", "INTEGER", "NUMBER", "BOOLEAN", "TIME", "DAY", "LIST")
    found = columns_schema([Told(name, name, text="") for name in types])["properties"]
    assert found == {
        "TEXT": {"type": "string"},
        "INTEGER": {"type": "integer"},
        "NUMBER": {"type": "number"},
        "BOOLEAN": {"type": "boolean"},
        "TIME": {"type": "string", "format": "date-time"},
        "DAY": {"type": "string", "format": "date"},
        "LIST": {"type": "array", "items": {"type": "string"}},
    }


def test_null_is_among_the_few_values_of_a_column_that_may_be_null():
    [found] = columns_schema([Told("state", "TEXT", "", values=("open", "closed"), nullable=True)])[
        "properties"
    ].values()
    assert found == {"type": ["string", "null"], "enum": ["open", "closed", None]}


def test_what_stands_beside_the_rows_of_a_page_is_told():
    page = page_of(shapes.text(), as_of=shapes.moment())
    assert page["required"] == ["next", "previous", "as_of", "results"]
