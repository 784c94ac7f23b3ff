"""(pure) The platform's API asks who calls and for which team, records every attempt, and keeps secrets to itself."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.platform_api import Api, Handler, apis, middleware

# ---------------------------------------------------------------- DOP-4.2-04


@check("platform-api-authorises-by-team")
def platform_api_authorises_by_team(subject: Subject) -> Iterator[Finding]:
    """A contract secures every change and describes its body, and handlers check both."""
    for api in apis(subject):
        yield _authorised(subject, api)


def _authorised(subject: Subject, api: Api) -> Finding:
    operations = [one for contract in api.contracts for one in contract.operations]
    bare = [one for one in operations if one.lacks]
    if bare:
        text = f"{bare[0].name} has {' and '.join(bare[0].lacks)}: add it to the contract."
        value = "; ".join(sorted(f"{one.name} {', '.join(one.lacks)}" for one in bare)[:8])
        return failed(api.unit, text, *(one.place for one in bare), value=value)
    if not operations and not api.handlers:
        text = "Neither an operation of a contract nor a handler that changes something is recognised."
        return unknown(api.unit, text, Place(api.folder))
    if not operations:
        return _by_source(subject, api)
    weak = [one for one in operations if one.weak]
    places = [one.place for one in weak or operations]
    if weak:
        return partial(api.unit, f"{weak[0].name} {weak[0].weak[0]}.", *places, value=weak[0].weak[0])
    if not api.handlers:
        text = "The contract is complete; no handler is seen that keeps it."
        return partial(api.unit, text, *places, value="contract only")
    loose = [one for one in api.handlers if one.authorises is None or one.binds is None]
    if loose and _guarded(subject, api) is None:
        text = f"The contract is complete, but {loose[0].function.name} {_lack(loose[0])}."
        return partial(api.unit, text, *(one.place for one in loose), *places, value="handlers")
    return passed(api.unit, "The contract is complete, and handlers check caller and body.", *places)


def _lack(one: Handler) -> str:
    return "checks no permission before it acts" if one.authorises is None else "does not validate its body"


def _guarded(subject: Subject, api: Api) -> Place | None:
    paths = [found.path for found in kinds.found(subject.tree, "app-src") if found.path.startswith(api.folder)]
    return middleware(subject.tree, paths)


def _by_source(subject: Subject, api: Api) -> Finding:
    """What handlers alone show; that is never enough to pass."""
    places = [place for one in api.handlers for place in (one.authorises or one.place, one.binds or one.place)]
    guard = _guarded(subject, api)
    open_ones = [one for one in api.handlers if one.authorises is None and guard is None]
    if open_ones:
        text = f"{open_ones[0].function.name} checks no permission before it acts, and no contract asks for any."
        return failed(api.unit, text, *(one.place for one in open_ones), value="unsecured")
    untyped = [one.untyped for one in api.handlers if one.untyped is not None]
    notes = ("Parameters are an untyped map: validate them by the schema of each type.",) if untyped else ()
    if not all(one.by_team for one in api.handlers):
        notes = (*notes, "Not every handler checks the team.")
    text = "Handlers check the caller, but no contract describes them: write it as OpenAPI."
    return partial(api.unit, text, *places, *untyped, value="source only", notes=notes)


# ---------------------------------------------------------------- DOP-4.2-05


@check("platform-api-audits-attempts")
def platform_api_audits_attempts(subject: Subject) -> Iterator[Finding]:
    """Every handler that changes something records success and denial."""
    for api in apis(subject):
        if subject.options.audit_by_platform:
            yield passed(api.unit, "The platform in front of it records every request.", Place(api.folder))
        elif not api.handlers:
            yield unknown(api.unit, "No handler that changes something is recognised.", Place(api.folder))
        else:
            yield _audited(api.unit, api.handlers)


def _audited(unit: str, found: Sequence[Handler]) -> Finding:
    silent = [one for one in found if one.audited is None]
    broken = [one for one in found if one.undefined]
    places = [one.audited or one.place for one in found]
    notes = ("Denials are not recorded either.",) if any(one.denial_audited is False for one in found) else ()
    if broken:
        text = f"{broken[0].function.name} calls {broken[0].undefined[:40]}, which the file does not import."
        where = [one.audited or one.place for one in broken]
        return failed(unit, text, *where, *places, value="undefined", notes=notes)
    if silent:
        text = f"{silent[0].function.name} records nothing: write an audit record of success and denial."
        return failed(unit, text, *(one.place for one in silent), value="no audit")
    if denied := [one for one in found if one.denial_audited is False]:
        text = f"{denied[0].function.name} records success only: record denials too."
        return partial(unit, text, *(one.audited or one.place for one in denied), value="success only")
    untold = any(not one.outcome_told for one in found)
    notes = ("A record does not seem to say the outcome.",) if untold else ()
    return passed(unit, "Handlers record success and denial.", *places, notes=notes)


# ---------------------------------------------------------------- DOP-4.2-06


@check("platform-api-hides-credentials")
def platform_api_hides_credentials(subject: Subject) -> Iterator[Finding]:
    """Answers hold references to secrets, never secrets, and no text of internal errors."""
    for api in apis(subject):
        yield _hidden(api)


def _hidden(api: Api) -> Finding:
    secrets = [one for contract in api.contracts for one in contract.secrets]
    secrets += [one for handler in api.handlers for one in handler.secrets]
    internals = [place for handler in api.handlers for place in handler.internals]
    if secrets:
        name, _ = secrets[0]
        value = " ".join(sorted({name for name, _ in secrets}))
        notes = ("It also answers with texts of internal errors.",) if internals else ()
        text = f"An answer holds {name[:60]}: return a reference to the secret, never itself."
        return failed(api.unit, text, *(place for _, place in secrets), *internals, value=value, notes=notes)
    if internals:
        text = "Texts of internal errors reach the client: log them, and answer in general words."
        return partial(api.unit, text, *internals, value="internal errors")
    if not api.contracts and not api.handlers:
        return unknown(api.unit, "Neither a contract nor a handler is recognised.", Place(api.folder))
    places = [*(one.place for one in api.contracts), *(one.place for one in api.handlers)]
    return passed(api.unit, "Answers hold no secret and no text of internal errors.", *places)
