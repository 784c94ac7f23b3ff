"""(pure) Everything in use is still maintained. Definition: DOP-9.2-02."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.ends import Ending, ended, ends_soon

UNIT = "repository"
MAX_TOLD, MAX_NOTES = 3, 50


@check("tools-still-maintained")
def tools_still_maintained(subject: Subject) -> Iterator[Finding]:
    """No tool, image, engine or version of an API has ended, or ends within 180 days."""
    tree, as_of = subject.tree, subject.as_of
    past, soon = ended(tree, as_of), ends_soon(tree, as_of)
    places = [one.used.place for one in [*past, *soon]]
    notes = tuple(dict.fromkeys(_told(one, "ended") for one in past))
    notes += tuple(dict.fromkeys(_told(one, "ends") for one in soon))
    value = ", ".join(dict.fromkeys(one.used.text for one in past or soon))[:300]
    if past:
        text = f"No longer maintained: {_names(past)}. Move to what follows them."
        yield failed(UNIT, text, *places, value=value, notes=notes[:MAX_NOTES])
    elif soon:
        text = f"Support ends within 180 days: {_names(soon)}. Plan the move."
        yield partial(UNIT, text, *places, value=value, notes=notes[:MAX_NOTES])
    else:
        yield passed(UNIT, "Nothing in use is known to be at or near its end.")


def _names(found: list[Ending]) -> str:
    names = list(dict.fromkeys(one.used.text for one in found))
    more = f" and {len(names) - MAX_TOLD} more" if len(names) > MAX_TOLD else ""
    return ", ".join(name[:60] for name in names[:MAX_TOLD]) + more


def _told(one: Ending, word: str) -> str:
    successor = one.end.successor
    named = f"{one.end.name} {successor}" if successor[:1].isdigit() else successor
    successor = f": use {named}" if successor else ""
    return f"{one.used.text} {word} on {one.end.on.isoformat()}{successor}."
