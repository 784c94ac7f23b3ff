"""(pure) Releases have semantic versions, generated notes, and commits that say what they are."""

from collections.abc import Iterator
from datetime import timedelta

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines.content import releases
from scorecards.reading.releases.changelog import Changelog, changelog
from scorecards.reading.releases.convention import enforcement, parser_gaps, share
from scorecards.reading.releases.generators import Generator, dangling, generators
from scorecards.reading.releases.tags import Tagged, lagging, manifest_versions, out_of_order, tagged

UNIT = "repository"
SHORT_PAST = timedelta(days=30)
SEMANTIC_SHARE = 0.95
FEW_COMMITS = 20
GOOD_SHARE, POOR_SHARE = 0.9, 0.6
STALE_RELEASES = 2


# ---------------------------------------------------------------- DOP-8.1-01


@check("releases-tagged-semantically")
def releases_tagged_semantically(subject: Subject) -> Iterator[Finding]:
    """Tags are semantic versions that rise, and manifests keep up with them."""
    if not releases(subject.tree):
        return
    history = subject.history
    if not history.tags:
        yield _without_tags(subject)
        return
    found = tagged(history.tags, subject.as_of, calendar=subject.options.calendar_versions)
    if not found.total:
        yield partial(UNIT, "Its tags only name channels or lines: tag each release with its version.", Place(""))
        return
    yield _tagged(subject, found)


def _without_tags(subject: Subject) -> Finding:
    history, first = subject.history, subject.history.first_commit_at
    is_young = first is None or subject.as_of - first.date() < SHORT_PAST
    if not history.known or history.shallow or is_young:
        return unknown(UNIT, "The history at hand is too short to tell whether releases are tagged.", Place(""))
    return failed(UNIT, "No release is tagged: tag each with its semantic version.", Place(""), value="no tags")


def _tagged(subject: Subject, found: Tagged) -> Finding:
    good = len(found.releases) + len(found.calendar)
    notes = _tag_notes(found)
    value = f"{good} of {found.total}"
    if good < SEMANTIC_SHARE * found.total:
        odd = ", ".join(tag.name[:30] for tag in found.odd[:3])
        text = f"Only {good} of {found.total} tags are semantic versions; others are {odd}."
        return partial(UNIT, text, Place(""), value=value, notes=notes)
    if wrong := out_of_order(found.releases):
        text = f"{wrong[0].tag.name[:60]} is not above the release before it in its line."
        return partial(UNIT, text, Place(""), value="out of order", notes=notes)
    if behind := lagging(manifest_versions(subject.tree), found.releases):
        manifest, last = behind[0]
        text = f"{manifest.place.path[:80]} names a version below the last tag {last.tag.name[:40]}: raise it."
        return partial(UNIT, text, *(one.place for one, _ in behind), value="manifest lags", notes=notes)
    return passed(UNIT, f"{found.total} tags are semantic versions, and rise.", Place(""), value=value, notes=notes)


def _tag_notes(found: Tagged) -> tuple[str, ...]:
    notes = ["The last release is older than a year."] if found.lapsed else []
    light = sum(not one.tag.annotated for one in found.releases)
    if light:
        notes.append(f"{light} of {len(found.releases)} tags are neither annotated nor signed.")
    return tuple(notes)


# ---------------------------------------------------------------- DOP-8.1-05


@check("changelog-generated-from-history")
def changelog_generated_from_history(subject: Subject) -> Iterator[Finding]:
    """A release job makes the notes, uses what it made, and groups them."""
    if not releases(subject.tree):
        return
    made = generators(subject.tree)
    kept = changelog(subject.tree)
    behind = _behind(subject, kept) if kept is not None else 0
    if kept is not None and behind >= STALE_RELEASES and not any(one.used for one in made):
        text = f"{kept.path} ends {behind} releases ago: let a generator write it."
        yield failed(UNIT, text, kept.place, value="stale")
    elif made:
        yield _generated(subject, made, kept)
    elif kept is not None:
        text = f"{kept.path} is written by hand: let the release job generate it from the commits."
        yield partial(UNIT, text, kept.place, value="by hand", notes=_order_notes(kept))
    else:
        text = "Nothing makes release notes or a changelog: let the release job generate them."
        yield failed(UNIT, text, Place(""), value="none")


def _behind(subject: Subject, kept: Changelog) -> int:
    """How many releases came after the newest section; 0 where that can't be told."""
    if not kept.sections or not subject.history.tags:
        return 0
    found = tagged(subject.history.tags, subject.as_of, calendar=False)
    newest = max(section.version.order for section in kept.sections)
    plain = {one.version.order for one in found.releases if not one.prefix and not one.version.pre}
    return sum(order > newest for order in plain)


def _generated(subject: Subject, made: list[Generator], kept: Changelog | None) -> Finding:
    places = [one.place for one in made]
    value = " ".join(sorted({one.name for one in made}))
    notes = _order_notes(kept)
    if broken := dangling(subject.tree):
        text = f"A release's body names {broken[0].text}, but no step of its job has that id."
        return partial(UNIT, text, *(one.place for one in broken), *places, value=value, notes=notes)
    if unused := [one for one in made if not one.used]:
        text = f"What {unused[0].name} makes is neither committed nor used by a release: use it, or drop it."
        return partial(UNIT, text, *(one.place for one in unused), *places, value="unused", notes=notes)
    if loose := [one for one in made if not one.grouped and not any(other.grouped for other in made)]:
        text = f"{loose[0].name} makes one flat list: group breaking changes, features, fixes and security."
        return partial(UNIT, text, *places, value="not grouped", notes=notes)
    return passed(
        UNIT, f"{made[0].name} makes the notes, and the release uses them.", *places, value=value, notes=notes
    )


def _order_notes(kept: Changelog | None) -> tuple[str, ...]:
    if kept is None:
        return ()
    if not kept.sections:
        return (f"{kept.path} has no section by version.",)
    return () if kept.newest_first else (f"{kept.path} does not begin with the newest version.",)


# ---------------------------------------------------------------- DOP-8.1-06


@check("commits-follow-convention")
def commits_follow_convention(subject: Subject) -> Iterator[Finding]:
    """Commits say their type, something enforces it, and what reads them knows all forms."""
    if not releases(subject.tree):
        return
    tree = subject.tree
    enforced, gaps = enforcement(tree), parser_gaps(tree)
    counted = share(subject.history.commits, subject.as_of)
    places = [*(gap.place for gap in gaps), *([enforced] if enforced is not None else [])] or [Place("")]
    faults = [f"{gap.place.path[:80]} {gap.text}" for gap in gaps]
    if enforced is None:
        faults.append("nothing enforces the format: check commits or titles of pull requests")
    told = f"{counted.following} of {counted.total} commits follow the convention"
    notes = tuple(f"Does not follow it: {one.sha[:10]}." for one in counted.others[:5])
    if counted.total < FEW_COMMITS:
        yield _without_share(faults, places)
    elif counted.following < POOR_SHARE * counted.total:
        text = f"Only {told}: write type, scope and colon."
        yield failed(UNIT, text, *places, value=_tenths(counted.following, counted.total), notes=notes)
    elif faults or counted.following < GOOD_SHARE * counted.total:
        text = f"{told}; {faults[0] if faults else 'aim for 90 %'}."
        yield partial(UNIT, text, *places, value=_tenths(counted.following, counted.total), notes=notes)
    else:
        yield passed(UNIT, f"{told}, and a check enforces it.", *places, value="followed", notes=notes)


def _without_share(faults: list[str], places: list[Place]) -> Finding:
    if faults:
        return partial(UNIT, f"{faults[0][:1].upper()}{faults[0][1:]}.", *places, value="few commits")
    return unknown(UNIT, "Too few commits are at hand to tell how many follow the convention.", *places)


def _tenths(part: int, whole: int) -> str:
    """A share to a tenth, so that a finding stays the same one while it hardly moves."""
    return f"{10 * part // whole} of 10"
