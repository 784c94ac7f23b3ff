"""(pure) Secrets that are known by their own form: keys and tokens of providers, private keys, passwords in URLs.

The forms are those that the providers document. Each has literals of which one must stand in a text before its pattern
is tried.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import re2

from scorecards.reading.secret_names import is_expression, is_placeholder

Confidence = Literal["high", "low", "info"]


class Form(NamedTuple):
    """What a secret of one kind looks like. The first group, or else the whole match, is the secret."""

    kind: str
    hints: tuple[str, ...]
    pattern: "re.Pattern[str]"
    confidence: Confidence = "high"


class Token(NamedTuple):
    """A secret at ``offset`` of a text; ``value`` is the secret itself and must not be kept."""

    offset: int
    kind: str
    value: str
    confidence: Confidence


def _form(kind: str, hints: str, pattern: str, confidence: Confidence = "high") -> Form:
    return Form(kind, tuple(hints.split()), re.compile(pattern), confidence)


_E = r"(?![A-Za-z0-9_-])"
# A look back behind the first letters keeps those that begin in the middle of a word from being tried at length.
FORMS = (
    _form("AWS access key id", "AKIA ASIA", rf"(?:AKIA|ASIA)[A-Z0-9]{{16}}{_E}"),
    _form("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"gh[pousr]_[A-Za-z0-9]{{36,255}}{_E}"),
    _form("GitHub token", "github_pat_", rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{_E}"),
    _form("GitLab token", "glpat- gldt- glrt- glptt-", rf"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{{20,100}}{_E}"),
    _form("Slack token", "xox", rf"xox(?<![A-Za-z0-9_-]xox)[abeoprs]-[0-9A-Za-z-]{{20,250}}{_E}"),
    _form("Slack app token", "xapp-", rf"xapp-[0-9]-[0-9A-Za-z-]{{30,250}}{_E}"),
    _form("Slack webhook", "hooks.slack.com",
          r"hooks\.slack\.com/(?:services|workflows|triggers)/([TA][A-Z0-9]{6,12}/[A-Z0-9]{6,14}/[A-Za-z0-9]{16,64})"),
    _form("Discord webhook", "/api/webhooks/",
          r"discord(?:app)?\.com/api/webhooks/([0-9]{15,20}/[A-Za-z0-9_-]{50,100})"),
    _form("Teams webhook", "webhook.office.com",
          r"webhook\.office\.com/webhookb2/([A-Za-z0-9@-]{36,100}/[A-Za-z]+/[0-9a-f]{32})"),
    _form("Stripe key", "_live_", rf"[sr]k_live_[0-9A-Za-z]{{20,120}}{_E}"),
    _form("Google API key", "AIza", rf"AIza[0-9A-Za-z_-]{{35}}{_E}"),
    _form("Google client secret", "GOCSPX-", rf"GOCSPX-[0-9A-Za-z_-]{{28}}{_E}"),
    _form("SendGrid key", "SG.", rf"SG\.[0-9A-Za-z_-]{{22}}\.[0-9A-Za-z_-]{{43}}{_E}"),
    _form("Mailgun key", "key-", rf"key-[0-9a-f]{{32}}{_E}"),
    _form("npm token", "npm_", rf"npm_[A-Za-z0-9]{{36}}{_E}"),
    _form("PyPI token", "pypi-AgE", rf"pypi-AgE[A-Za-z0-9_-]{{50,300}}{_E}"),
    _form("Docker Hub token", "dckr_", rf"dckr_(?:pat|oat)_[A-Za-z0-9_-]{{27,40}}{_E}"),
    _form("DigitalOcean token", "_v1_", rf"do[opr]_v1_[0-9a-f]{{64}}{_E}"),
    _form("Vault token", "hvs. hvb.", rf"hv[sb]\.[A-Za-z0-9_-]{{24,300}}{_E}"),
    _form("Terraform Cloud token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,80}"),
    _form("OpenAI key", "T3BlbkFJ",
          rf"sk-(?<![A-Za-z0-9_-]sk-)[A-Za-z0-9_-]{{20,120}}T3BlbkFJ[A-Za-z0-9_-]{{20,120}}{_E}"),
    _form("Anthropic key", "sk-ant-", rf"sk-ant-[a-z0-9]{{3,12}}-[A-Za-z0-9_-]{{80,120}}{_E}"),
    _form("Hugging Face token", "hf_", rf"hf_[A-Za-z0-9]{{34,40}}{_E}"),
    _form("Azure storage key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _form("Azure client secret", "8Q~", rf"[A-Za-z0-9_~.-]{{3}}8Q~[A-Za-z0-9_~.-]{{31,34}}{_E}"),
    _form("Shopify token", "shpat_ shpca_ shppa_ shpss_", rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_E}"),
    _form("New Relic key", "NRAK-", rf"NRAK-[A-Z0-9]{{27}}{_E}"),
    _form("Grafana token", "glsa_", rf"glsa_[A-Za-z0-9]{{32}}_[0-9a-fA-F]{{8}}{_E}"),
    _form("Grafana Cloud token", "glc_eyJ", r"glc_eyJ[A-Za-z0-9+/=]{40,400}"),
    _form("Databricks token", "dapi", rf"dapi[0-9a-f]{{32}}{_E}"),
    _form("Linear key", "lin_api_", rf"lin_api_[A-Za-z0-9]{{40}}{_E}"),
    _form("Postman key", "PMAK-", rf"PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}{_E}"),
    _form("Telegram bot token", ":AA", rf"[0-9]{{8,10}}:AA[A-Za-z0-9_-]{{33}}{_E}"),
    _form("age secret key", "AGE-SECRET-KEY-1", rf"AGE-SECRET-KEY-1[A-Z0-9]{{58}}{_E}"),
    _form("JSON web token", "eyJ",
          r"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}", "low"),
)  # fmt: skip

_KEY_HINT = "PRIVATE KEY"
# A header alone is code that looks for keys; behind a key's own stands a good deal of base64, maybe in one line.
_KEY_HEAD = re.compile(r"-----BEGIN ((?:[A-Z0-9]{2,10} ){0,2})PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40}")
_KEY_LOOK = 600
_URL_HINT = "://"
_URL = re.compile(
    r"://([^\s/:@\"'`<>{}$()\[\]|\\,]{1,100}):([^\s/@\"'`<>{}()|\\]{1,200})@([A-Za-z0-9][A-Za-z0-9.-]{0,200})"
)
_LOCAL = re.compile(r"(?:localhost|127\.[0-9.]+|0\.0\.0\.0|host\.docker\.internal|.*\.(?:example|invalid|test|local)|"
                    r"(?:.*\.)?example\.(?:com|org|net|io))\Z")  # fmt: skip
_SHOWN_PASSWORDS = frozenset(
    {"pass", "passwd", "password", "pw", "pwd", "secret", "user", "token", "p4ssw0rd", "passw0rd", "guest", "key",
     "abc123", "pass123", "password123", "mypassword", "secretpassword", "foo", "bar", "hunter2", "s3cr3t", "x"}
)  # fmt: skip
_RUNS = ("0123456789", "1234567890", "abcdefghij", "ABCDEFGHIJ", "ABCDEFG", "abcdefg", "XXXX", "xxxx", "0000000",
         "____", "1111111", "EXAMPLE", "example", "Example", "....", "****", "FAKE", "fake", "DUMMY", "dummy",
         "REDACTED", "YOUR", "NOTREAL", "notreal", "TEST", "PLACEHOLDER", "placeholder", "123456789")  # fmt: skip

# One look at a text that tells whether any of the above may be in it; most texts are done with it.
_ANY = re2.compile(
    "(?:" + "|".join(re.escape(hint) for form in FORMS for hint in form.hints) + r")[0-9A-Za-z_./~+=@-]{8}"
    rf"|{_KEY_HINT}|://[^\s/@]{{1,100}}:[^\s/@]{{1,200}}@"
)


def tokens(text: str) -> Iterator[Token]:
    """The secrets that a text holds by their form. What only shows a form is ``info``."""
    if not _ANY.search(text):
        return
    for form in FORMS:
        if any(hint in text for hint in form.hints):
            yield from _matches(form, text)
    if _KEY_HINT in text:
        yield from _private_keys(text)
    if _URL_HINT in text and "@" in text:
        yield from _passwords(text)


def _matches(form: Form, text: str) -> Iterator[Token]:
    group = 1 if form.pattern.groups else 0
    for match in form.pattern.finditer(text):
        value, before = match[group], text[match.start() - 1 : match.start()]
        if not group and (before.isalnum() or before in ("-", "_")):
            continue
        yield Token(match.start(group), form.kind, value, "info" if is_shown(value) else form.confidence)


def is_shown(value: str) -> bool:
    """Whether a token is made up for show: a run of the alphabet, a word such as EXAMPLE, a few characters repeated."""
    return any(run in value for run in _RUNS) or len(set(value[4:])) < 8


def _private_keys(text: str) -> Iterator[Token]:
    for match in _KEY_HEAD.finditer(text):
        body = text[match.end() : match.end() + _KEY_LOOK]
        found = _KEY_BODY.search(body)
        if found is None or "-----" in body[: found.start()].replace("-----BEGIN", "", 1):
            continue
        sealed = "ENCRYPTED" in match[1] or "ENCRYPTED" in body[: found.start()]
        confidence: Confidence = "info" if is_shown(found[0]) else "low" if sealed else "high"
        yield Token(match.start(), "private key", body[:200], confidence)


def _passwords(text: str) -> Iterator[Token]:
    """Passwords within URLs."""
    for match in _URL.finditer(text):
        user, password, host = match.groups()
        if is_expression(password) or password.startswith(("$", "%", "*", ":")) or "..." in password:
            continue
        yield Token(match.start(2), "password in a URL", password, _of_url(user, password, host.lower()))


def _of_url(user: str, password: str, host: str) -> Confidence:
    plain = password.lower()
    if plain in _SHOWN_PASSWORDS or plain == user.lower() or is_placeholder(password) or _LOCAL.match(host):
        return "info"
    return "low" if "." not in host or len(password) < 8 else "high"
