"""The OpenAPI document as people read it."""

from dashboard.api import shapes
from dashboard.pages.api_docs.told import fields, groups, kind

ROW = {
    "type": "object",
    "properties": {
        "slug": {"type": "string", "description": "Its name in addresses."},
        "state": {"type": ["string", "null"], "enum": ["open", "closed", None]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "parts": {"type": "object", "properties": {"proven": {"type": "number"}}, "required": ["proven"]},
        "by_level": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["slug"],
}
DOCUMENT = {
    "paths": {
        "/api/v1/things/{slug}/": {
            "get": {
                "operationId": "thing",
                "summary": "A thing",
                "description": "All of it.",
                "tags": ["Things"],
                "parameters": [
                    {"name": "from", "in": "query", "schema": shapes.day(), "examples": {"x": {"value": "2026-03-02"}}},
                    {"name": "scope", "in": "query", "schema": shapes.text(), "example": "team:a&b"},
                    {"name": "slug", "in": "path", "required": True, "schema": shapes.text(), "example": "pay api"},
                    {"name": "token", "in": "header", "schema": shapes.text()},
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                                "example": [{"slug": "ä"}],
                            }
                        },
                    },
                    "400": {"description": "No."},
                },
            },
        },
        "/ingest/things/": {
            "post": {
                "operationId": "send",
                "requestBody": {"content": {"application/json": {"schema": {}, "example": {"it": "isn't"}}}},
                "responses": {"202": {"description": ""}},
            }
        },
    },
    "components": {"schemas": {"Row": ROW}},
}
URL = "https://plumbline.example"


def test_it_tells_an_operation_with_parameters_answer_and_example():
    [things, others] = groups(DOCUMENT, URL)
    [one] = things.operations
    assert (things.name, one.id, one.method, one.path, one.says) == (
        "Things", "thing", "GET", "/api/v1/things/{slug}/", "All of it.",
    )  # fmt: skip
    assert [(field.name, field.kind, field.required) for field in one.parameters] == [
        ("slug", "text", True), ("from", "day", False), ("scope", "text", False),
    ]  # fmt: skip
    assert one.example == '[\n  {\n    "slug": "ä"\n  }\n]'
    assert [sent.id for sent in others.operations] == ["send"]


def test_it_tells_what_to_type_with_examples_in_the_places_of_parameters():
    [things, others] = groups(DOCUMENT, URL)
    assert things.operations[0].command == (
        'curl -H "Authorization: Bearer $TOKEN" \\\n'
        '  "https://plumbline.example/api/v1/things/pay%20api/?from=2026-03-02&scope=team:a%26b"'
    )
    assert '--data \'{"it": "isn\'"\'"\'t"}\'' in others.operations[0].command


def test_fields_stand_right_after_what_holds_them():
    found = [(one.name, one.kind, one.depth) for one in fields(ROW, DOCUMENT)]
    assert found == [
        ("slug", "text", 0),
        ("state", "open, closed or null", 0),
        ("at", "instant or null", 0),
        ("parts", "object", 0),
        ("proven", "number", 1),
        ("by_level", "by name: integer", 0),
    ]


def test_a_kind_is_told_in_words():
    assert kind(shapes.list_of(shapes.fields({}))) == "list of objects"
    assert kind(shapes.maybe(shapes.number())) == "number or null"
    assert kind({}) == "anything"
    assert kind({"anyOf": [{"type": "string"}, {"type": "integer"}]}, DOCUMENT) == "text or integer"
