"""``/odata/v4/``: the service document, ``$metadata``, and rows of each dataset in pages that follow each other."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api.auth import TokenAuthentication
from dashboard.api.exports import Anything
from dashboard.datasets.columns import Type
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.datasets.every import DATASETS
from dashboard.exports.writers import json_text
from dashboard.odata import conditions, options
from dashboard.odata.filters import BadOption
from dashboard.odata.metadata import csdl, set_name
from dashboard.odata.options import Options

PAGE, LARGEST_PAGE = 1_000, 5_000
JSON = "application/json;odata.metadata=minimal;charset=utf-8"
SETS: Mapping[str, Dataset] = {set_name(name): dataset for name, dataset in DATASETS.items()}
_PREFERRED = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*(\d{1,9})", re.I)


class BasicToken(TokenAuthentication):
    """A token, asked for as BI tools know to send it."""

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="Plumbline", charset="UTF-8"'


class NoSet(LookupError):
    """There is no entity set of that name."""


class Feed(APIView):
    """What all answers share: the version, and errors as OData has them."""

    schema = None
    authentication_classes = [BasicToken]
    content_negotiation_class = Anything

    def handle_exception(self, exc: Exception) -> Response:
        status, says, more = self._refusal(exc)
        code = HTTPStatus(status).phrase.replace(" ", "")
        body: Any = HttpResponse(
            orjson.dumps({"error": {"code": code, "message": says}}), content_type=JSON, status=status, headers=more
        )
        return body  # type: ignore[no-any-return]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, HttpResponse):
            response["OData-Version"] = "4.0"
        return super().finalize_response(request, response, *args, **kwargs)

    def _refusal(self, error: Exception) -> tuple[int, str, dict[str, str]]:
        if isinstance(error, BadOption):
            return HTTPStatus.BAD_REQUEST, str(error), {}
        if isinstance(error, NoSet):
            return HTTPStatus.NOT_FOUND, str(error), {}
        if isinstance(error, OperationalError | InterfaceError):
            return HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.", {"Retry-After": "30"}
        answer = super().handle_exception(error)
        told = answer.data
        says = told["detail"] if isinstance(told, dict) and "detail" in told else answer.reason_phrase
        return answer.status_code, str(says), {name: str(value) for name, value in answer.headers.items()
                                               if name.lower() != "content-type"}  # fmt: skip


class Service(Feed):
    """Which entity sets there are."""

    def get(self, request: Request) -> HttpResponse:
        sets = [
            {"name": name, "title": dataset.title, "kind": "EntitySet", "url": name} for name, dataset in SETS.items()
        ]
        return _json({"@odata.context": f"{_root(request)}$metadata", "value": sets})


class Metadata(Feed):
    """Their types."""

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(csdl(DATASETS.values()), content_type="application/xml;charset=utf-8")


class Entities(Feed):
    """Rows of a set; ``@odata.nextLink`` leads to those behind them, whatever is written in between."""

    def get(self, request: Request, name: str) -> HttpResponse:
        dataset, asked = _asked(request, name)
        rows = _rows(request, dataset, asked)
        body: dict[str, Any] = {
            "@odata.context": f"{_root(request)}$metadata#{set_name(dataset.name)}{_of(asked, dataset)}"
        }
        if asked.count:
            body["@odata.count"] = rows.count()
        size = page_size(request)
        wanted = size if asked.top is None else min(size, asked.top)
        ordered = conditions.ordered(dataset, rows, asked.order)
        if asked.after is not None:
            ordered = conditions.after(dataset, ordered, asked.order, asked.after)
        names = (*asked.select, *(column for column, _ in asked.order))
        found = list(dataset.values(ordered, names)[asked.skip : asked.skip + wanted + 1]) if wanted else []
        kinds = [dataset.column_by_name[column].type for column in asked.select]
        body["value"] = [
            {column: _plain(kind, cell) for column, kind, cell in zip(asked.select, kinds, row, strict=False)}
            for row in found[:wanted]
        ]
        left = None if asked.top is None else asked.top - wanted
        if len(found) > wanted and left != 0:
            body["@odata.nextLink"] = _next(request, options.token(found[wanted - 1][len(asked.select) :]), left)
        answer = _json(body)
        if size != PAGE:
            answer["Preference-Applied"] = f"odata.maxpagesize={size}"
        return answer


class Count(Feed):
    """How many rows there are, as a number by itself."""

    def get(self, request: Request, name: str) -> HttpResponse:
        dataset, asked = _asked(request, name)
        return HttpResponse(str(_rows(request, dataset, asked).count()), content_type="text/plain;charset=utf-8")


def page_size(request: Request) -> int:
    """What the client prefers, within reason."""
    found = _PREFERRED.search(request.headers.get("Prefer", ""))
    return min(max(int(found[1]), 1), LARGEST_PAGE) if found else PAGE


def _asked(request: Request, name: str) -> tuple[Dataset, Options]:
    dataset = SETS.get(set_name(name))
    if dataset is None:
        raise NoSet(f"There is no entity set {name[:40]!r}. There are {', '.join(SETS)}.")
    return dataset, options.read(request.query_params.dict(), dataset.column_by_name, dataset.key)


def _rows(request: Request, dataset: Dataset, asked: Options) -> Rows:
    """The rows that the token sees; as in the lists, some are told only where a filter asks for more."""
    rows = dataset.queryset(request.user)
    if asked.condition is not None:
        return conditions.narrowed(dataset, rows, asked.condition)
    return rows if dataset.hidden is None else rows.exclude(dataset.hidden)


def _plain(kind: Type, value: Any) -> Any:
    return json_text(value) if kind in (Type.LIST, Type.JSON) and value is not None else value


def _of(asked: Options, dataset: Dataset) -> str:
    return "" if asked.select == dataset.names else f"({','.join(asked.select)})"


def _next(request: Request, place: str, left: int | None) -> str:
    """The address of the next page: a count is told once, and rows are skipped once."""
    query = {
        name: value
        for name, value in request.query_params.dict().items()
        if name not in ("$skip", "$skiptoken", "$count", "$top")
    }
    if left is not None:
        query["$top"] = str(left)
    asked = urlencode(query | {"$skiptoken": place}, safe="$", quote_via=quote)
    return f"{request.build_absolute_uri(request.path)}?{asked}"


def _root(request: Request) -> str:
    return request.build_absolute_uri(reverse("odata:service"))


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type=JSON)
