"""A client library reads ``$metadata`` and goes through all pages of every set."""

import json
from datetime import date
from typing import Any

import odata
import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.every import DATASETS
from dashboard.odata import views
from dashboard.odata.metadata import set_name
from ingest.models import Deployment
from tests.dashboard.exports.rows import every_kind, organisation
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


def service_of(site: ToDjango) -> Any:
    """The site as the library knows it after it read ``$metadata``."""
    session = requests.Session()
    session.auth = ("anyone", make_token()[1])
    session.mount("http://", site)
    return odata.ODataService(
        "http://testserver/odata/v4/", session=session, reflect_entities=True, quiet_progress=True
    )


@pytest.mark.django_db
def test_a_client_finds_the_sets_by_itself_and_reads_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    organisation(make_team("pay"))
    web = make_service("web", make_team("shop"))
    for _ in range(4):
        make_deployment(web)
    site = ToDjango()
    service = service_of(site)
    rows = service.entities["deployments"]
    found = list(service.query(rows))
    assert sorted(row.id for row in found) == sorted(Deployment.objects.values_list("pk", flat=True))
    assert sum("skiptoken" in address for address in site.asked) == 3
    of_web = service.query(rows).filter(rows.service == "web").order_by(rows.finished_at.desc())
    assert {row.service for row in of_web} == {"web"}
    (first,) = service.query(rows).filter(rows.service.contains("check")).limit(1).all()
    assert first.service == "checkout"
    assert service.query(rows).filter(rows.service == "web").count() == 4


@pytest.mark.django_db
def test_a_client_reads_every_row_of_every_set(monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    every_kind(monkeypatch)
    site = ToDjango()
    service = service_of(site)
    assert set(service.entities) == {set_name(name) for name in DATASETS}
    for name, dataset in DATASETS.items():
        told = {getattr(row, dataset.key): row for row in service.query(service.entities[set_name(name)])}
        wanted = list(dataset.values(dataset.rows()))
        assert wanted and len(told) == len(wanted), name
        for row in wanted:
            mine = told[row[dataset.names.index(dataset.key)]]
            for column, value in zip(dataset.columns, row, strict=True):
                told_as = bool(value) if column.type is Type.BOOLEAN else value  # the library knows no null of these
                assert read(column, getattr(mine, column.name)) == told_as, (name, column.name)
    assert sum("skiptoken" in address for address in site.asked) > len(DATASETS)


def read(column: Column, value: Any) -> Any:
    """A value as the library has it, of the type that the dataset has."""
    if value is None:
        return None
    if column.type in (Type.LIST, Type.JSON):
        return json.loads(value)
    return date.fromisoformat(value) if column.type is Type.DAY else value
