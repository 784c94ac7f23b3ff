"""``dashboard.pages.prose``: Markdown as HTML of few elements."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages.prose import prose

ELEMENTS = {
    "p", "ul", "ol", "li", "blockquote", "strong", "em", "code", "pre", "h3", "h4", "h5", "a", "br", "hr",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Lock *all* **files**.", "<p>Lock <em>all</em> <strong>files</strong>.</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("1. one\n\n2. two", "<ol><li><p>one</p></li><li><p>two</p></li></ol>"),
        ("# Why\n\n## How\n\n#### So", "<h3>Why</h3><h4>How</h4><h5>So</h5>"),
        (
            "Run `make lock`:\n\n    make lock\n",
            "<p>Run <code>make lock</code>:</p><pre><code>make lock\n</code></pre>",
        ),
        ("```sh\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("> so\n\n---", "<blockquote><p>so</p></blockquote><hr>"),
        ("one\ntwo  \nthree", "<p>one\ntwo<br>three</p>"),
        ("", ""),
    ],
)
def test_it_knows_the_usual_marks(text, html):
    assert prose(text) == html


def test_it_links_to_the_web_and_to_pages_of_the_site():
    assert prose("[how](https://docs.example/x?a=1&b=2)") == (
        '<p><a href="https://docs.example/x?a=1&amp;b=2" rel="noreferrer nofollow">how</a></p>'
    )
    assert 'href="/standards/DOP-1.1-03/"' in prose("[why](/standards/DOP-1.1-03/)")
    assert 'href="https://docs.example/"' in prose("<https://docs.example/>")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScript:alert(1)", "vbscript:x", "data:text/html,<script>alert(1)</script>",
        "data:image/png;base64,AAAA", "file:///etc/passwd", "//evil.example/", "mailto:a@b.example",
        "evil", "https:///nohost", "\\javascript:alert(1)", "&#106;avascript:alert(1)",
    ],
)  # fmt: skip
def test_it_links_to_nothing_else(address):
    assert "<a " not in prose(f"[here](<{address}>)")
    assert "<a " not in prose(f"[here]({address})")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "![x](https://evil.example/pixel.png)",
        '[x](https://a.example/" onmouseover="alert(1))',
        '[x](https://a.example/ "\\" onmouseover=\\"alert(1)")',
        "<!-- x -->\n<style>*{}</style>",
        '```"><script>alert(1)</script>\nx\n```',
    ],
)
def test_it_makes_no_markup_of_what_was_written(text):
    html = prose(text)
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", html)) <= ELEMENTS
    assert not re.search(r"<[^>]*\son\w+\s*=", html)
    assert "<img" not in html


@given(st.text(st.sampled_from("<>&\"'`*_[]()!#-=\n\\/ a:1."), max_size=200))
def test_it_makes_only_elements_that_it_knows(text):
    html = prose(text)
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", html)) <= ELEMENTS
    for address in re.findall(r'href="([^"]*)"', html):
        assert address.startswith(("/", "http://", "https://"))
