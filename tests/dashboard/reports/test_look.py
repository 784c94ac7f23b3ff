"""Mails in a real browser, in two widths, light and dark, and on paper: nothing overflows, each text stands out."""

import re

import pytest

from dashboard.reports.render import alone, rendered
from tests.dashboard.browser import MARKS
from tests.dashboard.reports.weeks import WEEKS
from tests.mails import FAINT, pages

pytestmark = [one for one in MARKS if one.name != "django_db"]
STYLES = 8_000  # beyond which Gmail drops them


@pytest.mark.parametrize("name", WEEKS)
def test_it_holds(browser, name):
    parts = rendered(WEEKS[name](), settings_href="http://localhost:8000/s", unsubscribe_href="http://localhost:8000/u")
    for width, scheme, page in pages(browser, alone(parts.html, parts.pictures)):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(FAINT) == [], scheme
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0 && image.alt)")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(FAINT) == [], "on paper"


@pytest.mark.parametrize("name", WEEKS)
def test_it_uses_only_what_mail_programs_know(name):
    html = rendered(WEEKS[name]()).html
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert len(styles) < STYLES and set(re.findall(r"@[\w-]+", styles)) <= {"@media"}
    assert not re.search(r"display:\s*(flex|grid|inline-flex)|position:|float:|var\(|calc\(", html)
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "<!--[if mso]>" in html
