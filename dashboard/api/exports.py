"""``GET /api/v1/exports/<dataset>.<csv|ndjson|parquet>``: a dataset as a file."""

import tempfile
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.auth import TokenAuthentication
from dashboard.api.document import MayLook
from dashboard.api.errors import MEDIA_TYPE, BadQuery, UnknownScope
from dashboard.api.openapi import PROBLEM_SCHEMA
from dashboard.datasets.every import DATASETS
from dashboard.datasets.filters import BadFilter, Unknown
from dashboard.exports import asked, parquet, stream, writers

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
IN_MEMORY = 8 * 1024 * 1024
PIECE = 256 * 1024


class NotInstalled(APIException):
    """The file would need a library that this site does not have."""

    status_code = HTTPStatus.NOT_IMPLEMENTED
    default_code = "not_installed"


class Anything(BaseContentNegotiation):
    """The path says what comes, whatever the request would accept."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def _one_of(name: str, says: str, values: Iterable[str]) -> OpenApiParameter:
    return OpenApiParameter(name, shapes.text(one_of=list(values)), OpenApiParameter.PATH, description=says)


class Export(APIView):
    """All rows that the token sees, streamed. The filters of the dataset's list hold here too; with ``updated_since``
    removed rows are told first, with ``deleted`` true. The header ``Plumbline-As-Of`` says what to ask for as
    ``updated_since`` the next time. ``bom=1`` begins CSV with a mark by which Excel knows UTF-8."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [MayLook]
    content_negotiation_class = Anything

    @extend_schema(
        operation_id="export",
        summary="A dataset as a file",
        tags=["Exports"],
        parameters=[
            _one_of("dataset", "Name of the dataset.", DATASETS),
            _one_of("form", "Form of the file.", MEDIA_TYPES),
            schema.UPDATED_SINCE,
            schema.one_of("bom", "`1`: CSV begins with a byte order mark.", ("0", "1")),
        ],
        responses={
            (200, kind.partition(";")[0]): OpenApiResponse(shapes.text(format="binary"), description="The file.")
            for kind in MEDIA_TYPES.values()
        }
        | {
            (501, MEDIA_TYPE): OpenApiResponse(
                PROBLEM_SCHEMA, description="Parquet, where pyarrow is not installed; the detail says how to."
            )
        },
    )
    def get(self, request: Request, dataset: str, form: str) -> HttpResponseBase:
        if dataset not in DATASETS or form not in MEDIA_TYPES:
            raise UnknownScope(
                f"There is no such file. There are {', '.join(DATASETS)}; each as {', '.join(MEDIA_TYPES)}."
            )
        try:
            found = asked.asked(DATASETS[dataset], request.user, request.query_params.dict())
        except BadFilter as error:
            raise BadQuery(str(error)) from error
        except Unknown as error:
            raise UnknownScope(str(error)) from error
        return attachment(found, form, bom=request.query_params.get("bom") == "1")


def attachment(found: asked.Asked, form: str, *, bom: bool) -> StreamingHttpResponse:
    """The file as an answer that is streamed. Raises ``NotInstalled``."""
    answer = StreamingHttpResponse(pieces(found, form, bom=bom), content_type=MEDIA_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{found.dataset.name}.{form}"'
    answer["Plumbline-As-Of"] = writers.moment(found.as_of)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def pieces(found: asked.Asked, form: str, *, bom: bool) -> Iterable[bytes]:
    """The file in pieces. Raises ``NotInstalled`` before the first of them."""
    dataset, columns, rows, before = found.dataset, found.columns, found.ordered, found.removed_rows()
    if form == "csv":
        return stream.csv_of(dataset, columns, rows, before, bom=bom)
    if form == "ndjson":
        return stream.ndjson_of(dataset, columns, rows, before)
    try:
        parquet.arrow()
    except parquet.NoParquet as error:
        raise NotInstalled(str(error)) from error
    return _parquet(found)


def _parquet(found: asked.Asked) -> Iterator[bytes]:
    """Its footer comes last and is read first, so the whole is written before the first piece goes."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        stream.parquet_into(file, found.dataset, found.columns, found.ordered, found.removed_rows())  # type: ignore[arg-type]
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
