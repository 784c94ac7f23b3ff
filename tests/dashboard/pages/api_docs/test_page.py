"""``/api/docs/``: every operation of the document, without anything from elsewhere."""

import re

import pytest

from dashboard.api.document import document
from dashboard.templatetags.plumbline import coded

pytestmark = pytest.mark.django_db


def test_it_tells_every_operation_with_its_parameters(see):
    page = see("/api/docs/")
    for path, item in document()["paths"].items():
        for operation in item.values():
            assert f'<details class="endpoint" id="{operation["operationId"]}">' in page
            assert f"<code>{path}</code>" in page
            for parameter in operation.get("parameters", []):
                assert f"<code>{parameter['name']}</code>" in page


def test_it_asks_no_other_site_for_anything(see):
    page = see("/api/docs/")
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', page) == []
    assert "<style" not in page and not re.search(r"<script(?! src=\"/static)", page)


def test_its_links_lead_to_the_document_and_to_the_tools(see):
    page = see("/api/docs/")
    assert 'href="/api/schema/"' in page and 'href="/use-the-data/"' in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("by default `org`.", "by default <code>org</code>."),
        ("`<b>` & `x`", "<code>&lt;b&gt;</code> &amp; <code>x</code>"),
        ("", ""),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_what_stands_between_backticks_is_code_and_the_rest_text(text, shown):
    assert coded(text) == shown
