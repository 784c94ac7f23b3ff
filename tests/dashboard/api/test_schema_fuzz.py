"""Every operation of the document, asked with what its schema allows and with what it does not.

Schemathesis makes the requests, and holds each answer against the document: status, media type, headers, shape.
"""

from datetime import timedelta

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from dashboard.api.document import document
from ingest.models import ChangedService
from scorecards.adoption.build import build
from scorecards.rollups.build import build_rollups
from tests.dashboard.pages.scanned import found, scan_service
from tests.factories import (
    bearer,
    make_change,
    make_deployment,
    make_incident,
    make_service,
    make_slo,
    make_standing,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db
EXAMPLES = 10
# A day may be allowed by its shape and lie after another, and a body may be JSON and no event: 400 says how to mend it.
CHECKS = {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "403", "404"]}}
# Whatever comes there is answered line by line, with what is wrong with it.
LINE_BY_LINE = {"include-path": "/ingest/events/", "checks": {"negative_data_rejection": {"enabled": False}}}
KNOWN = {
    "scope": ["org", "team:payments", "service:pay-api"],
    "team": ["payments"],
    "service": ["pay-api"],
    "standard": ["DOP"],
    "slug": ["pay-api"],
    "key": ["1", "pay-api", "payments"],
}
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(path, method) for path, item in document()["paths"].items() for method in item if method in METHODS]


@pytest.fixture
def api():
    api = schemathesis.openapi.from_dict(
        document(), config=SchemathesisConfig.from_dict({"checks": CHECKS, "operations": [LINE_BY_LINE]})
    )
    api.app = get_wsgi_application()
    return api


@pytest.fixture(autouse=True)
def held_connection():
    """A request must not close the connection in which the test's transaction is open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def organisation(db):
    """A team with a service that was deployed, failed, was scanned and has objectives; and one without anything."""
    service = make_service("pay-api", make_team("payments", name="Payments"), tier="critical")
    make_service("quiet", make_team("search"))
    scan_service(service, {"DOP-1.1-01": [found("fail", "Dockerfile", 3)]}, rest="pass")
    at = timezone.now() - timedelta(days=1)
    change = make_change(service.repository, at - timedelta(hours=3))
    make_deployment(service, at, repository=service.repository, shas=[change.sha], external_id="d1")
    make_deployment(service, at, status="failed")
    make_incident(service, at, names_cause=True, caused_by="d1", severity="sev2")
    make_standing(make_slo(service, repository=service.repository), 0.25)
    make_slo(service, name="latency")
    ChangedService.objects.create(service=service)
    build_rollups()
    build(timezone.now())


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_it_answers_as_the_document_says(api, organisation, path, method):
    token = bearer(make_token("admin")[1])
    for mode in GenerationMode:
        ask(api[path][method.upper()], mode, token)


def ask(operation, mode, token):
    """Requests that the schema allows, or such as it does not."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=known())
    def each(case, known):
        if mode is GenerationMode.POSITIVE:
            put(case, known)
        assume("" not in (case.query or {}).values())  # a parameter without a value is one that was not given
        case.call_and_validate(headers=token)

    each()


def known():
    """Names that there are, for some of the parameters: by themselves hardly any request would find a thing."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in KNOWN.items()})


def put(case, known):
    for name, value in known.items():
        if name in (case.query or {}):
            case.query[name] = value
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value


def test_it_leaves_no_operation_out(api):
    assert {operation.ok().label for operation in api.get_all_operations()} == {
        f"{method.upper()} {path}" for path, method in OPERATIONS
    }
