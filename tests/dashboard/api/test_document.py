"""``/api/schema/``: the OpenAPI document, and who may read it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from dashboard.api.document import document
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db
METHODS = {"get", "post", "put", "patch", "delete"}


def operations():
    return {
        (path, method): operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_it_is_valid_and_leaves_nothing_unsaid():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())
    assert document()["openapi"].startswith("3.1")


def test_it_tells_every_route_of_the_api():
    told = {path.replace("{", "<").replace("}", ">") for path in document()["paths"]}
    assert {route for route in routes() if route.startswith("/api/v1/")} - told == set()
    assert {"/ingest/events/", "/ingest/sarif/", "/metrics", "/api/schema/"} <= told


def routes(resolver=None, prefix="/"):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route.replace("<str:", "<").replace("<int:", "<")


def test_each_operation_has_its_own_id_a_summary_and_asks_for_a_token():
    ids = [operation["operationId"] for operation in operations().values()]
    assert len(ids) == len(set(ids))
    for asked, operation in operations().items():
        assert operation.get("summary"), asked
        assert {"bearer": []} in operation["security"] and {"basic": []} in operation["security"], asked


def test_each_operation_refuses_by_problem_details():
    for asked, operation in operations().items():
        for code in ("400", "401", "403", "404"):
            content = operation["responses"][code]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}, asked


def test_each_parameter_says_what_it_is():
    silent = [
        (path, parameter["name"])
        for (path, _), operation in operations().items()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]
    assert silent == []


def test_examples_are_of_the_shape_that_they_show():
    from jsonschema import Draft202012Validator

    shown = 0
    for operation in operations().values():
        for response in operation["responses"].values():
            for media in response.get("content", {}).values():
                examples = [one["value"] for one in media.get("examples", {}).values()]
                for example in [*examples, *([media["example"]] if "example" in media else [])]:
                    Draft202012Validator(media["schema"] | {"components": document()["components"]}).validate(example)
                    shown += 1
    assert shown >= 4


# ---------------------------------------------------------------- who reads it


def test_a_token_that_reads_and_a_person_who_is_signed_in_see_it(client, charlie):
    answer = client.get("/api/schema/", headers=bearer(make_token()[1]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["info"]["title"] == "Plumbline"
    client.force_login(charlie)
    assert client.get("/api/schema/").status_code == 200


def test_nobody_else_does(client, charlie):
    answer = client.get("/api/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert client.get("/api/schema/", headers=bearer(make_token("ingest")[1])).status_code == 403
    charlie.is_active = False
    charlie.save()
    client.force_login(charlie)
    assert client.get("/api/schema/").status_code == 401
