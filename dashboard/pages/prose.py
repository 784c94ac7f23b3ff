"""Markdown that people write on the site, as HTML of few elements: what is not listed here is shown as its text.

Nothing of what was written becomes markup: each element is made by ``format_html`` from the parsed text.
"""

from collections.abc import Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from dashboard.pages.links import outward

# Without HTML and pictures; headings begin below those of the page.
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(["image", "html_inline", "html_block"])
_ELEMENTS: Mapping[str, str] = {
    "paragraph": "<p>{}</p>",
    "bullet_list": "<ul>{}</ul>",
    "ordered_list": "<ol>{}</ol>",
    "list_item": "<li>{}</li>",
    "blockquote": "<blockquote>{}</blockquote>",
    "strong": "<strong>{}</strong>",
    "em": "<em>{}</em>",
}
_TEXTS: Mapping[str, str] = {
    "text": "{}",
    "code_inline": "<code>{}</code>",
    "code_block": "<pre><code>{}</code></pre>",
    "fence": "<pre><code>{}</code></pre>",
}
_EMPTY: Mapping[str, str] = {"softbreak": "\n", "hardbreak": "<br>", "hr": "<hr>"}
_HEADINGS: Mapping[str, str] = {"h1": "<h3>{}</h3>", "h2": "<h4>{}</h4>"}
_LOWER = "<h5>{}</h5>"


def prose(text: str) -> SafeString:
    """``text`` (Markdown) as HTML."""
    return _inside(SyntaxTreeNode(_PARSER.parse(text)))


def _inside(node: SyntaxTreeNode) -> SafeString:
    return format_html_join("", "{}", ((_shown(child),) for child in node.children))


def _shown(node: SyntaxTreeNode) -> SafeString:
    if node.type in _TEXTS:
        return format_html(_TEXTS[node.type], node.content)
    if node.type in _EMPTY:
        return format_html(_EMPTY[node.type] + "{}", "")
    if node.type == "heading":
        return format_html(_HEADINGS.get(node.tag, _LOWER), _inside(node))
    if node.type == "link":
        return _link(node)
    if node.type == "paragraph" and node.hidden:  # of a list whose items stand close together
        return _inside(node)
    return format_html(_ELEMENTS.get(node.type, "{}"), _inside(node))


def _link(node: SyntaxTreeNode) -> SafeString:
    """A link to the web, or to a page of this site; of any other, its text alone."""
    told = str(node.attrs.get("href", ""))
    is_ours = told.startswith("/") and not told.startswith(("//", "/\\"))
    href = told if is_ours else outward(told)
    return format_html('<a href="{}" rel="noreferrer nofollow">{}</a>', href, _inside(node)) if href else _inside(node)
