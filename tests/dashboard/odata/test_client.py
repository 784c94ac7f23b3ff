"""A client library reads ``$metadata`` and goes through all pages, where it is installed."""

from typing import Any

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter

from dashboard.odata import views
from ingest.models import Deployment
from tests.dashboard.exports.rows import organisation
from tests.factories import make_deployment, make_service, make_team, make_token


class ToDjango(BaseAdapter):
    """Answers requests by the site itself, without a socket. ``asked``: the addresses that were."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def send(self, request: Any, **options: Any) -> requests.Response:
        self.asked.append(request.url)
        told = Client().get(request.url, headers=dict(request.headers))
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = told.status_code, request.url, request
        answer._content, answer.encoding = told.content, "utf-8"
        answer.headers.update(told.headers)
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.django_db
def test_a_client_finds_the_sets_by_itself_and_reads_them(monkeypatch: Any) -> None:
    odata = pytest.importorskip("odata")
    monkeypatch.setattr(views, "PAGE", 2)
    organisation(make_team("pay"))
    web = make_service("web", make_team("shop"))
    for _ in range(4):
        make_deployment(web)
    _, token = make_token()
    session, site = requests.Session(), ToDjango()
    session.auth = ("anyone", token)
    session.mount("http://", site)
    service = odata.ODataService(
        "http://testserver/odata/v4/", session=session, reflect_entities=True, quiet_progress=True
    )
    rows = service.entities["deployments"]
    found = list(service.query(rows))
    assert sorted(row.id for row in found) == sorted(Deployment.objects.values_list("pk", flat=True))
    assert sum("skiptoken" in address for address in site.asked) == 3
    of_web = service.query(rows).filter(rows.service == "web").order_by(rows.finished_at.desc())
    assert {row.service for row in of_web} == {"web"}
    (first,) = service.query(rows).filter(rows.service.contains("check")).limit(1).all()
    assert first.service == "checkout"
