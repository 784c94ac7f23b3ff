"""Markdown: headings and their fragments, links, code, tables, front matter, texts that would take long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.markdown import MAX_LINES, MAX_SIZE, Markdown, read_markdown, slug

PAGE = """\
---
title: Runbook
owner: team-pay
---
# Payments `api`

See [the rules](rules.md#limits "Rules"),
![a picture](img/a.png) and
https://wiki.example/x.

Steps
-----

```bash title="run"
# no heading
[no](link)
```

| Alert | Runbook |
|-------|---------|
| Down  | [page](down.md) |
| Slow  | none |

<a name="old"></a>

## Steps
[by name][ref] <https://auto.example>

[ref]: https://ref.example/y
"""


def page_of(text: str) -> Markdown:
    found, problems = read_markdown("f.md", text)
    assert not problems
    return found


class TestHeadings:
    def test_it_tells_level_text_and_line(self):
        found = page_of(PAGE)
        assert found.headings == [(1, "Payments api", 5), (2, "Steps", 11), (2, "Steps", 26)]

    def test_a_link_may_name_them_as_github_does(self):
        assert page_of(PAGE).anchors == {"payments-api", "steps", "steps-1", "old"}

    @pytest.mark.parametrize(
        ("heading", "fragment"),
        [
            ("What's new?", "whats-new"),
            ("A - B", "a---b"),
            ("v1.2.3", "v123"),
            ("Über uns", "über-uns"),
            ("a_b", "a_b"),
        ],
    )
    def test_it_makes_fragments_as_github_does(self, heading, fragment):
        assert slug(heading) == fragment

    def test_a_heading_may_name_its_own_fragment(self):
        found = page_of("## Install it {#setup}\n")
        assert found.headings == [(2, "Install it", 1)]
        assert "setup" in found.anchors

    def test_it_tells_the_text_of_a_section(self):
        found = page_of("# A\none\n## B\ntwo\n# C\nthree")
        assert [found.section(heading) for heading in found.headings] == ["one\n## B\ntwo", "two", "three"]

    def test_what_stands_in_code_is_no_heading(self):
        assert page_of("    # a\n\n```\n# b\n```\n").headings == []


class TestLinks:
    def test_it_tells_target_text_and_line(self):
        assert page_of(PAGE).links == [
            ("rules.md#limits", "the rules", 7, False),
            ("img/a.png", "a picture", 8, True),
            ("https://wiki.example/x", "", 9, False),
            ("down.md", "page", 21, False),
            ("https://ref.example/y", "by name", 27, False),
            ("https://auto.example", "https://auto.example", 27, False),
        ]

    def test_what_stands_in_code_is_no_link(self):
        assert page_of("`[a](b)`\n\n```\n[a](b) https://x.example\n```\n").links == []


class TestTheRest:
    def test_it_tells_fences_with_their_language(self):
        fence = page_of(PAGE).fences[0]
        assert (fence.language, fence.info, fence.line) == ("bash", 'bash title="run"', 14)
        assert fence.text == "# no heading\n[no](link)\n"

    def test_it_tells_tables(self):
        table = page_of(PAGE).tables[0]
        assert (table.header, table.line) == (["Alert", "Runbook"], 19)
        assert table.rows == [["Down", "[page](down.md)"], ["Slow", "none"]]

    def test_it_reads_front_matter_with_lines(self):
        front = page_of(PAGE).front_matter
        assert (front.plain(), front.line_of("owner")) == ({"title": "Runbook", "owner": "team-pay"}, 3)

    def test_broken_front_matter_is_told_and_hides_nothing(self):
        found, problems = read_markdown("f", "---\na: [\n---\n# B\n")
        assert found.front_matter is None
        assert [(p.line, p.code) for p in problems] == [(2, "broken")]
        assert found.headings == [(1, "B", 4)]

    @pytest.mark.parametrize("text", ["---\n# A\n", "a\n---\n# A\n", "---\njust text\n---\n"])
    def test_not_every_line_of_dashes_is_front_matter(self, text):
        assert page_of(text).front_matter is None

    def test_windows_line_ends_count_once(self):
        found = page_of(PAGE.replace("\n", "\r\n"))
        assert found.headings == page_of(PAGE).headings
        assert found.front_matter.plain() == page_of(PAGE).front_matter.plain()

    def test_it_finds_nothing_in_nothing(self):
        found = page_of("")
        assert (found.headings, found.links, found.anchors) == ([], [], set())


LONG = {
    "characters": "a" * (MAX_SIZE + 1),
    "lines": "\n" * (MAX_LINES + 1),
    "brackets": "[" * 6_000,
}


class TestLong:
    @pytest.mark.parametrize("filler", LONG.values(), ids=LONG)
    def test_it_still_finds_headings_links_and_fences(self, filler):
        found = page_of(f"# A b #\n[x](y.md) and https://z.example.\n```sh\n# c\n```\n## D\n\n{filler}\n")
        assert found.headings == [(1, "A b", 1), (2, "D", 6)]
        assert found.links == [("y.md", "x", 2, False), ("https://z.example", "", 2, False)]
        assert found.fences == [("sh", "# c\n", 3)]
        assert {"a-b", "d"} <= found.anchors

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 1_000_000,
            "![" * 100_000,
            "[a](" * 50_000,
            "*a **a " * 20_000,
            "> " * 50_000,
            "`" * 100_000,
            "#" * 500_000,
        ]
        + ["# a" + " " * 500_000 + "b", "<a " * 50_000, "---\n" * 15_000, "> > >\na\n" + "b\n" * 15_000, "- " * 50_000],
    )
    def test_it_ends(self, text):
        assert read_markdown("f", text)

    def test_it_survives_what_the_parser_does_not(self):
        text = '[a](b)[a](b)<!--{#i}> |a|b|\n[a](b)|-|-|\n|-|-|\n\n> - <!--<a id="x">```\n> '
        assert page_of(text).links


PIECES = ["# ", "```\n", "~~~", "- ", "1. ", "[a](b)", "![", "](", "> ", "|a|b|\n", "|-|-|\n", "---\n", '<a id="x">']
MARKS = ["<!--", "{#i}", "http://a.b", "`", "*", "_", "\n", "\t", " ", "\\", "\0", "\r"]


@given(st.lists(st.sampled_from(PIECES + MARKS)).map("".join) | st.text())
def test_any_text_is_read_with_lines_of_the_file(text):
    found, _ = read_markdown("f", text)
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    told = [*found.headings, *found.links, *found.fences, *found.tables]
    assert all(1 <= each.line <= last for each in told)
