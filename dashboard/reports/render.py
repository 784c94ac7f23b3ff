"""A weekly report as an e-mail: plain text worth reading, HTML that holds in mail programs, pictures inside."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart, SafeMIMEText
from django.template import Context, Engine
from django.template.loader import render_to_string

from dashboard.reports.pictures import HEIGHT, WIDTH, picture
from dashboard.reports.weekly import Figure, Report, tidy

CALLED = re.compile(r'src="cid:(\w+)"')
PAPER = (
    '<base target="_blank"><style>@media print { tr, .next { break-inside: avoid; } h2 { break-after: avoid; }'
    " a { text-decoration: none !important; } }</style>"
)
DARK, DARK_SCREEN = "@media (prefers-color-scheme: dark)", "@media screen and (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of a mail. ``pictures``: PNG by the name that the HTML calls it by. ``files``: CSV by its name."""

    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in the HTML. ``cid``: of its picture, empty without one."""

    figure: Figure
    cid: str


class Related(EmailMultiAlternatives):
    """Text, or else HTML together with its pictures (RFC 2387); files are attached to the whole."""

    mixed_subtype = "related"
    files: Mapping[str, bytes] = {}

    def _create_message(self, msg: SafeMIMEText) -> SafeMIMEText | SafeMIMEMultipart:
        whole: SafeMIMEText | SafeMIMEMultipart = super()._create_message(msg)  # type: ignore[misc]
        if not self.files:
            return whole
        mixed = SafeMIMEMultipart("mixed", encoding=settings.DEFAULT_CHARSET)
        mixed.attach(whole)
        for name, data in self.files.items():
            file = MIMEApplication(data, "csv")
            file.replace_header("Content-Type", 'text/csv; charset="utf-8"')
            file.add_header("Content-Disposition", "attachment", filename=name)
            mixed.attach(file)
        return mixed


def rendered(report: Report, *, settings_href: str = "", unsubscribe_href: str = "") -> Rendered:
    """``settings_href`` and ``unsubscribe_href``: of who gets it; left out where they are empty."""
    report = tidy(report)
    pictures = {one.metric: picture(one.course, one.label) for one in report.figures if one.now}
    pictures = {metric: data for metric, data in pictures.items() if data}
    context = {
        "report": report,
        "shown": [Shown(one, one.metric if one.metric in pictures else "") for one in report.figures],
        "drawn": bool(pictures),
        "width": WIDTH,
        "height": HEIGHT,
        "settings_href": settings_href,
        "unsubscribe_href": unsubscribe_href,
        "site": settings.BASE_URL,
    }
    return Rendered(
        subject=" ".join(plain("emails/weekly.subject.txt", context).split()),
        text=_lines(plain("emails/weekly.txt", context)),
        html=_inliner().inline(_tight(render_to_string("emails/weekly.html", context))),
        pictures=pictures,
    )


def message(parts: Rendered, to: str, headers: Mapping[str, str]) -> EmailMultiAlternatives:
    """The mail to one address. Its pictures come with it, so that no program has to fetch any."""
    mail = Related(
        parts.subject,
        parts.text,
        settings.EMAIL_FROM,
        [to],
        headers={"Auto-Submitted": "auto-generated"} | dict(headers),
    )
    mail.files = parts.files
    mail.attach_alternative(parts.html, "text/html")
    for name, data in parts.pictures.items():
        image = MIMEImage(data, "png")
        image.add_header("Content-ID", f"<{name}>")
        image.add_header("Content-Disposition", "inline", filename=f"{name}.png")
        mail.attach(image)
    return mail


def alone(html: str, pictures: Mapping[str, bytes]) -> str:
    """The HTML as a page by itself: with its pictures in it, links that open beside it, and light on paper."""

    def source(found: re.Match[str]) -> str:
        data = pictures.get(found[1], b"")
        return f'src="data:image/png;base64,{b64encode(data).decode()}"' if data else 'src="data:,"'

    return CALLED.sub(source, html).replace(DARK, DARK_SCREEN).replace("</head>", f"{PAPER}</head>", 1)


def plain(name: str, context: Mapping[str, Any]) -> str:
    """A template of plain text, where nothing is to be escaped."""
    return str(Engine.get_default().get_template(name).render(Context(dict(context), autoescape=False)))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _tight(html: str) -> str:
    """Without the indentation of the template: it would count, and the inliner keeps it."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())


def _lines(text: str) -> str:
    """At most one empty line in a row."""
    kept: list[str] = []
    for line in text.splitlines():
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return "\n".join(kept).strip() + "\n"
