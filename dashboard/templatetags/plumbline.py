"""Tags of every template: links that keep the filters, times, durations, counts."""

import re
from datetime import datetime
from typing import Any, Literal

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard import formats
from dashboard.charts.sparkline import Sparkline
from dashboard.filters import Filters
from dashboard.pages.figures import Shown
from dashboard.pages.verdicts import Mark

register = template.Library()
EXPLAINED = 'href="{}" hx-get="{}"'
SPARKLINE = '<svg class="sparkline" role="img" viewBox="0 0 {} {}"><title>{}</title><path d="{}"/>'


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, *args: Any, **query: str) -> str:
    """The page's address with the filters in force, and ``query`` besides."""
    filters = context.get("filters")
    kept = filters.query(**query) if isinstance(filters, Filters) else ""
    return f"{reverse(name, args=args)}{kept}"


@register.simple_tag
def ago(at: datetime | None, missing: str = "") -> SafeString | str:
    """How long ago, with the moment in the title; ``missing`` where there is none."""
    if at is None:
        return missing
    words = formats.relative(at, timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), _absolute(at), words)


@register.simple_tag
def moment(at: datetime | None, missing: str = "") -> SafeString | str:
    """The moment in full, with how long ago in the title; ``missing`` where there is none."""
    if at is None:
        return missing
    words = formats.relative(at, timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), words, _absolute(at))


@register.simple_tag
def sparkline(line: Sparkline | Literal[""] | None) -> SafeString | str:
    """The line as SVG, or nothing. A template of its own would be most of the work of a list of 200 teams."""
    if not line:  # a name that a template doesn't know is an empty text here
        return ""
    values: list[object] = [line.width, line.height, line.title, line.drawn]
    markup = SPARKLINE
    if line.dots:
        markup += '<path class="dots" d="{}"/>'
        values.append(line.dotted)
    if line.last:
        markup += '<circle class="last" cx="{}" cy="{}" r="2"/>'
        values += [line.last.x, line.last.y]
    return format_html(markup + "</svg>", *values)


@register.simple_tag
def figure(shown: Shown) -> SafeString:
    """A figure as a link to its explanation; where there is no number, the reason, never 0. A tag, as ``sparkline``."""
    if not shown.href:
        return format_html('<span class="figure without">{}</span>', shown.reason)
    if not shown.number:
        return format_html(f'<a class="figure without" {EXPLAINED}>{{}}</a>', shown.href, shown.href, shown.reason)
    number = '{}<span class="unit">{}</span>'
    return format_html(f'<a class="figure" {EXPLAINED}>{number}</a>', shown.href, shown.href, shown.number, shown.unit)


@register.simple_tag
def coverage(shown: Shown) -> SafeString | str:
    """How much the figure rests on, where that is little."""
    return format_html('<span class="coverage">{}</span>', shown.coverage) if shown.coverage else ""


@register.simple_tag
def verdict(name: str) -> SafeString:
    """A verdict as shape and word."""
    return Mark.of(name).shown


@register.filter
def coded(text: str) -> SafeString:
    """The text, what stands between backticks as code."""
    return format_html_join("", "{}", ((_part(part),) for part in re.split(r"(`[^`]*`)", text)))


def _part(text: str) -> SafeString | str:
    return format_html("<code>{}</code>", text[1:-1]) if text[:1] == text[-1:] == "`" and len(text) > 1 else text


@register.filter
def seconds(value: float | None) -> str:
    """Seconds in words, or nothing."""
    return "" if value is None else str(formats.duration(value))


@register.filter
def span(value: float) -> str:
    """A told length of time."""
    return formats.whole_span(value)


@register.filter
def count(value: float | None) -> str:
    """A count with thousands apart; nothing known is a dash."""
    return "–" if value is None else formats.number(value)


@register.filter
def short_sha(value: str) -> str:
    return formats.sha_text(value)


def _absolute(at: datetime) -> str:
    return formats.absolute(at, settings.ORGANISATION_ZONE)
