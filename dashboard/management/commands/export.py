"""``manage.py export DATASET``: a dataset as a file."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from dashboard.datasets.every import DATASETS
from dashboard.datasets.filters import BadFilter
from dashboard.exports import asked, parquet, stream, writers


class Command(BaseCommand):
    help = "Write a dataset as CSV, NDJSON or Parquet, to a file or to stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", metavar="DATASET", choices=list(DATASETS), help=f"one of {', '.join(DATASETS)}")
        parser.add_argument("--format", required=True, choices=["csv", "ndjson", "parquet"], dest="form")
        parser.add_argument("--since", metavar="TIME", help="only what changed or left since, with a column deleted")
        parser.add_argument("--until", metavar="TIME", help="only what changed before")
        parser.add_argument("--bom", action="store_true", help="begin CSV with a mark by which Excel knows UTF-8")
        parser.add_argument("-o", "--output", metavar="FILE", default="-", help="where to; by default stdout")

    def handle(self, *args: Any, dataset: str, form: str, output: str, bom: bool, **options: Any) -> None:
        found = asked.everything(DATASETS[dataset], _time("--since", options), _time("--until", options))
        try:
            if output == "-":
                write(sys.stdout.buffer, found, form, bom=bom)
            else:
                with open(output, "wb") as file:
                    write(file, found, form, bom=bom)
        except (OSError, parquet.NoParquet) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"As of {writers.moment(found.as_of)}: give that as --since the next time.")


def write(file: BinaryIO, found: asked.Asked, form: str, *, bom: bool) -> None:
    """The file, as ``form`` names it. Raises ``parquet.NoParquet``."""
    dataset, columns, rows, before = found.dataset, found.columns, found.ordered, found.removed_rows()
    if form == "parquet":
        stream.parquet_into(file, dataset, columns, rows, before)
        return
    pieces = (
        stream.csv_of(dataset, columns, rows, before, bom=bom)
        if form == "csv"
        else stream.ndjson_of(dataset, columns, rows, before)
    )
    file.writelines(pieces)


def _time(name: str, options: dict[str, Any]) -> datetime | None:
    text = options[name.removeprefix("--")]
    try:
        return asked.instant(name, text) if text else None
    except BadFilter as error:
        raise CommandError(str(error)) from error
