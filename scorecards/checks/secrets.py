"""(pure) Secrets in the repository. Definition: DOP-2.3-01."""

from collections.abc import Iterator
from functools import partial as bound

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.secrets import Seen, secrets_in

MAX_TOLD = 3
_REST = "all other files"


@check("repository-free-of-secrets")
def repository_free_of_secrets(subject: Subject) -> Iterator[Finding]:
    """No file holds a secret in plain text."""
    tree, clean = subject.tree, 0
    look = bound(secrets_in, salt=subject.name)
    for path in tree.files("**"):
        found = tree.remember("secrets", look, path)
        if found:
            yield _judged(path, found)
        else:
            clean += 1
    if clean:
        yield passed(_REST, "No secret was found in them.", count=clean)


def _judged(path: str, found: list[Seen]) -> Finding:
    """Of the surest ones; a file with stand-ins alone passes."""
    sure = str(found[0][4])
    told = [seen for seen in found if seen[4] == sure]
    places = [Place(path, int(line)) for line in dict.fromkeys(seen[0] for seen in told)]
    value = " ".join(dict.fromkeys(str(seen[3]) for seen in told))
    what = _listed(told)
    match sure:
        case "high":
            text = f"In plain text: {what}. Revoke it, and keep the new one in a secret store."
            return failed(path, text, *places, value=value, notes=_rest(found, len(told)))
        case "low":
            text = f"This may be a secret: {what}. Look at it, and move or waive it."
            return partial(path, text, *places, value=value, notes=_rest(found, len(told)))
        case _:
            return passed(path, f"Only stand-ins or test values: {what}.", *places, value=value)


def _listed(told: list[Seen]) -> str:
    texts = list(dict.fromkeys(f"{kind} ({shown})" if shown else str(kind) for _, kind, shown, *_ in told))
    more = f" and {len(texts) - MAX_TOLD} more" if len(texts) > MAX_TOLD else ""
    return ", ".join(texts[:MAX_TOLD]) + more


def _rest(found: list[Seen], told: int) -> tuple[str, ...]:
    if len(found) == told:
        return ()
    return (f"{len(found) - told} more that are less sure.",)
