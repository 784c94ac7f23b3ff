"""What a page shows as files: links for the page, and the files that hold what is filtered on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from dashboard.api.exports import MEDIA_TYPES, NotInstalled, attachment
from dashboard.datasets import incremental
from dashboard.datasets.every import DATASETS
from dashboard.exports.asked import Asked
from ingest.models import RemovedRow

LABELS = {"csv": "CSV", "parquet": "Parquet", "ndjson": "NDJSON"}


@dataclass(frozen=True, slots=True)
class Download:
    """A dataset in each form that this site can write: pairs of label and address."""

    title: str
    links: tuple[tuple[str, str], ...]


@cache
def forms() -> Mapping[str, str]:
    """Labels of the forms by their names; Parquet where its library is installed."""
    return {form: label for form, label in LABELS.items() if form != "parquet" or find_spec("pyarrow")}


def of_page(name: str, route: str, query: str) -> Download:
    """The files at a route of the page's own; ``query``: the page's choices, with their question mark."""
    return Download(
        DATASETS[name].title,
        tuple((label, f"{reverse(route, args=[form])}{query}") for form, label in forms().items()),
    )


def of_dataset(name: str, **filters: str) -> Download:
    """The dataset's rows by its own filters, from the API."""
    query = urlencode({key: value for key, value in filters.items() if value} | {"bom": "1"})
    return Download(
        DATASETS[name].title,
        tuple((label, f"{reverse('api:export', args=[name, form])}?{query}") for form, label in forms().items()),
    )


def file(request: HttpRequest, name: str, keys: "QuerySet[Any, Any]", form: str) -> HttpResponseBase:
    """The dataset's rows of these primary keys, as far as the reader may see them.

    Raises:
        Http404: there is no such form.
    """
    if form not in MEDIA_TYPES:
        raise Http404
    dataset = DATASETS[name]
    rows = dataset.queryset(request.user).filter(pk__in=keys)
    asked = Asked(dataset, rows, RemovedRow.objects.none(), incremental.as_of())
    try:
        return attachment(asked, form, bom=True)
    except NotInstalled as error:
        return HttpResponse(str(error), status=HTTPStatus.NOT_IMPLEMENTED, content_type="text/plain; charset=utf-8")
