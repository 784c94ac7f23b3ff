"""(pure) Secrets in the values of charts. Definition: DOP-3.2-06."""

import re
from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.charts.given_values import Given, Slot, given_values
from scorecards.reading.charts.templates import secret_values
from scorecards.reading.secret_names import is_expression, is_placeholder, is_secret_name

# What a Secret's name looks like, where the key may mean a name: words with hyphens and dots, few digits among them.
_A_NAME = re.compile(r"[a-z]+[0-9]{0,3}(?:[-.][a-z]+[0-9]{0,3})*\Z")
_IN_CONNECTION = re.compile(r"(?i)(?:password|pwd|accountkey|sharedaccesskey)=[^;\s]{4}")
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^/\s:@]{1,100}:([^/\s@]{1,200})@")
_SLOTS = "secrets"


@check("chart-values-free-of-secrets")
def chart_values_free_of_secrets(subject: Subject) -> Iterator[Finding]:
    """No values hold a secret, and none wait for one on the command line."""
    for given in given_values(subject.tree):
        yield _judged(subject.tree, given)


def _judged(tree: RepositoryTree, given: Given) -> Finding:
    if given.encrypted:
        return passed(given.unit, "The file is encrypted with SOPS.", given.place, value="encrypted")
    literal = [slot for slot in given.slots if _is_literal(slot)]
    if literal:
        keys = ", ".join(".".join(slot.way)[-60:] for slot in literal[:3])
        message = f"A secret stands in plain text at {keys}: refer to an existing Secret."
        return failed(given.unit, message, *(slot.place for slot in literal), value=keys)
    awaited = list(_awaited(tree, given))
    if awaited:
        keys = ", ".join(".".join(slot.way)[-60:] for slot, _ in awaited[:3])
        message = f"An empty slot waits for a secret on the command line: {keys}. Refer to an existing Secret."
        places = [slot.place for slot, _ in awaited] + [place for _, place in awaited if place is not None]
        return partial(given.unit, message, *dict.fromkeys(places), value=keys)
    named = [slot for slot in given.slots if is_secret_name(slot.name)]
    message = "Secrets are only referred to." if named else "The values hold no secrets."
    return passed(given.unit, message, *([slot.place for slot in named] or [given.place]))


def _is_literal(slot: Slot) -> bool:
    text = slot.text.strip().strip("'\"")
    if not slot.known or not text or is_expression(text):
        return False
    credentials = _CREDENTIALS.search(text[:2000])
    if credentials is not None and not is_placeholder(credentials[1]):
        return True
    if (
        "existing" in slot.name.lower()
        or not is_secret_name(slot.name)
        or is_placeholder(text)
        or text.lower() in ("true", "false")
    ):
        return False
    if re.sub(r"[^a-z]", "", slot.name.lower()).endswith("connectionstring"):
        return bool(_IN_CONNECTION.search(text[:2000]))
    return not (_may_mean_name(slot.name) and _A_NAME.match(text[:253]))


def _may_mean_name(key: str) -> bool:
    """Whether a key may hold the name of a Secret: ``tlsSecret``, ``pullSecret``, ``credentials``."""
    folded = re.sub(r"[^a-z]", "", key.lower())
    return folded.endswith(("secret", "credentials", "credential")) and not folded.endswith("clientsecret")


def _awaited(tree: RepositoryTree, given: Given) -> Iterator[tuple[Slot, Place | None]]:
    """(slot, where a template of a Secret writes it) of the empty ones that are meant to be filled in."""
    chart = given.chart
    if chart is None:
        return
    written = secret_values(tree, chart) if chart.templates else {}
    for slot in given.slots:
        if slot.text.strip():
            continue
        if not chart.templates and _SLOTS in slot.way[:-1]:
            yield slot, None
        elif is_secret_name(slot.name) or slot.way[:1] == (_SLOTS,):
            place = next(
                (written[slot.way[:end]] for end in range(len(slot.way), 0, -1) if slot.way[:end] in written), None
            )
            if place is not None:
                yield slot, place
