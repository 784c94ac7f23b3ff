"""Every route, asked by nobody: the sign-in page, 401, or a place on the list of what is public."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

# A new public route is a reviewed line here. Webhooks are signed by their senders, so they are public to routing.
PUBLIC = {
    "health/live",
    "health/ready",
    "sign-in/",
    "static-plotly/plotly.min.js",
    "ingest/<kind>/<source-id>/",
}
BY_SIGNATURE = ("badges/", "reports/unsubscribe/", "reports/confirm/")
BY_TOKEN = ("api/v1/", "api/schema/", "odata/", "metrics", "ingest/events/", "ingest/sarif/")
SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


def address(route: str) -> str:
    """The route with a value in the place of each parameter."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "str", "x"), route).rstrip("$")


def known_as(route: str) -> str:
    """The route as the list writes it: webhooks are one line, whatever their parameters are called."""
    webhook = re.fullmatch(r"ingest/(<[^>]+>|[a-z-]+)/<[^>]+>/", route)
    return "ingest/<kind>/<source-id>/" if webhook else route


@pytest.mark.django_db
def test_it_lets_nobody_in_anywhere_but_to_what_is_public(client):
    client.raise_request_exception = False
    opened = {}
    for route in routes():
        if known_as(route) in PUBLIC:
            continue
        for method in (client.get, client.post):
            answer = method(address(route))
            if not refused(route, answer):
                opened[route] = answer.status_code
    assert opened == {}


def refused(route: str, answer) -> bool:
    if route.startswith(BY_SIGNATURE):
        return answer.status_code in (404, 405)
    if route.startswith(BY_TOKEN):
        # An endpoint that takes POST alone may say so first; that tells nobody anything.
        return answer.status_code == 401 or (answer.status_code == 405 and not answer.content)
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


def test_it_has_every_route_that_the_list_of_public_ones_names():
    # A line that outlives its route would open the next route of that name.
    assert {known_as(route) for route in routes()} >= PUBLIC


@pytest.mark.django_db
def test_it_takes_no_webhook_from_a_source_that_is_not_there(client):
    hooks = [route for route in routes() if known_as(route) == "ingest/<kind>/<source-id>/"]
    for route in hooks:
        assert client.post(address(route), b"{}", content_type="application/json").status_code in (401, 404)
