"""(pure) Whether paging alerts lead to runbooks (DOP-5.2-04)."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.runbooks import AlertDocument, Link, PagingAlert, alert_documents, follow

MOSTLY = 0.8


@check("paging-alerts-have-runbooks")
def paging_alerts_have_runbooks(subject: Subject) -> Iterator[Finding]:
    """Every alert that pages links to a runbook that is there (DOP-5.2-04)."""
    for document in alert_documents(subject.tree):
        yield _judge(subject, document)


def _judge(subject: Subject, document: AlertDocument) -> Finding:
    if not document.alerts:
        return not_applicable(document.unit, "It has no alert that pages.", document.place)
    followed = [(alert, follow(subject, alert, document.path)) for alert in document.alerts]
    wrong = [(alert, link) for alert, link in followed if link.answer in ("none", "lost")]
    open_ones = [(alert, link) for alert, link in followed if link.answer == "unknown"]
    count = len(followed)
    surely, perhaps = (count - len(wrong) - len(open_ones)) / count, (count - len(wrong)) / count
    if perhaps < MOSTLY:
        return failed(document.unit, _told(wrong, count), *_places(wrong), value=f"{len(wrong)} of {count}")
    if open_ones and (surely < MOSTLY or not wrong):
        alert, link = open_ones[0]
        return unknown(
            document.unit, f"The runbook of {alert.name} can't be followed: {link.why}.", *_places(open_ones)
        )
    if wrong:
        return partial(document.unit, _told(wrong, count), *_places(wrong), value=f"{len(wrong)} of {count}")
    return _of_pages(document, followed)


def _of_pages(document: AlertDocument, followed: list[tuple[PagingAlert, Link]]) -> Finding:
    bare = [(alert, link) for alert, link in followed if link.answer == "bare"]
    if bare:
        alert, link = bare[0]
        return partial(document.unit, f"The runbook of {alert.name} is short: {link.why}; add it.", *_places(bare))
    return passed(document.unit, "Every alert that pages leads to a runbook.", *_places(followed))


def _told(wrong: list[tuple[PagingAlert, Link]], count: int) -> str:
    alert, link = wrong[0]
    what = (
        f"{alert.name or 'A paging alert'} names no runbook" if link.answer == "none" else f"{alert.name}: {link.why}"
    )
    return f"{len(wrong)} of {count} paging alerts lead to no runbook. {what}; link one that is there."


def _places(told: list[tuple[PagingAlert, Link]]) -> list[Place]:
    return [alert.place for alert, _ in told]
