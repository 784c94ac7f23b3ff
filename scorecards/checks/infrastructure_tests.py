"""(pure) Tests of modules, and tests that look and clean up. Definition: DOP-1.3-01, DOP-1.3-02."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform import Directory, modules
from scorecards.reading.terraform.testing.coverage import Coverage, coverage
from scorecards.reading.terraform.testing.native import NativeTest, has_assertion, native_tests
from scorecards.reading.terraform.testing.scripted import PythonTest, python_tests
from scorecards.reading.terraform.testing.terratest import Event, TestFunction, test_functions

UNIT = "repository"
_ASSERTIONS = ("assert ", "assert(", "self.assert")


@check("terraform-modules-tested")
def terraform_modules_tested(subject: Subject) -> Iterator[Finding]:
    """Every module of the repository is exercised by a test."""
    if found := modules(subject.tree, subject.short_name):
        yield _tested(found, coverage(subject.tree))


def _tested(found: list[Directory], told: Coverage) -> Finding:
    open_ones = [module for module in found if module.path not in told.tested]
    done = len(found) - len(open_ones)
    value = f"{done}/{len(found)}"
    if not open_ones:
        places = [told.tested[module.path] for module in found]
        return passed(UNIT, "A test exercises every module.", *dict.fromkeys(places), value=value)
    places = [*told.nowhere, *(module.first for module in open_ones)]
    if told.computed:
        message = f"{done} of {len(found)} modules are surely tested; some tests compute which one they run."
        return unknown(UNIT, message, *told.computed, *places, value=value)
    nowhere = ", and a test names a folder that is not there" if told.nowhere else ""
    first = open_ones[0].path[:60] or "the top folder"
    message = f"{done} of {len(found)} modules are tested{nowhere}: add a test for {first}."
    return (partial if done * 2 >= len(found) else failed)(UNIT, message, *places, value=value)


# ---------------------------------------------------------------- what a test does


@check("infrastructure-tests-assert-and-destroy")
def infrastructure_tests_assert_and_destroy(subject: Subject) -> Iterator[Finding]:
    """Every test removes what it creates, however it ends, and looks at the result."""
    for test in test_functions(subject.tree):
        if any(event.what in ("apply", "plan") for event in test.events):
            yield _function(test)
    for native in native_tests(subject.tree):
        if native.runs:
            yield _native(native)
    for script in python_tests(subject.tree):
        yield from _python(script)


def _function(test: TestFunction) -> Finding:
    unit = f"{test.file.path} {test.function.name}"
    applied = next((at for at, event in enumerate(test.events) if event.what == "apply"), None)
    looked = [event for event in test.events[applied or 0 :] if event.what == "assert"]
    if applied is None:
        planned = next(event for event in test.events if event.what == "plan")
        return _looked(unit, "It only plans, so nothing is left behind", [planned], looked)
    removed = [event for event in test.events[:applied] if event.what == "destroy" and event.deferred]
    if not removed:
        return _not_removed(unit, test.events, test.events[applied])
    return _looked(unit, "It removes what it creates", [test.events[applied], removed[-1]], looked)


def _looked(unit: str, done: str, events: list[Event], looked: list[Event]) -> Finding:
    places = [Place(event.path, event.line) for event in (*events, *looked)]
    if looked:
        return passed(unit, f"{done}, and it asserts on the result.", *places, value="cleaned, asserted")
    message = f"{done}, but nothing asserts on the result: check an output or a resource."
    return partial(unit, message, *places, value="cleaned")


def _not_removed(unit: str, events: tuple[Event, ...], applied: Event) -> Finding:
    later = [event for event in events if event.what == "destroy"]
    message = "Nothing destroys what the test creates: defer a Destroy before the apply."
    if later:
        message = "The Destroy is not deferred before the apply, so a failing test leaves resources: move it up."
    places = [Place(event.path, event.line) for event in (applied, *later)]
    return failed(unit, message, *places, value="late" if later else "none")


def _native(native: NativeTest) -> Finding:
    asserting = [run for run in native.runs if has_assertion(run)]
    if asserting:
        message = "Terraform removes what the test creates, and a run asserts on the result."
        places = [Place(native.path, run.line) for run in asserting]
        return passed(native.path, message, *places, value="asserted")
    message = "No run asserts anything: add an assert block."
    return partial(native.path, message, *(Place(native.path, run.line) for run in native.runs), value="smoke")


def _python(test: PythonTest) -> Iterator[Finding]:
    """What a fixture destroys behind its yield goes in any case; a plugin's fixtures destroy by themselves."""
    applied, planned = test.places(".apply(", "@terraform("), test.places(".plan(")
    if not applied and not planned:
        return
    asserted = [place for line, place in test.lines if line.lstrip().startswith(_ASSERTIONS)]
    places = [*applied[:1], *planned[:1], *asserted[:5]]
    destroyed = bool(test.places(".destroy("))
    guarded = bool(test.places("yield", "finally:", "addfinalizer", "addCleanup", "def tearDown"))
    if applied and not test.places("@terraform(") and not (destroyed and guarded):
        message = "Nothing destroys for sure what the test creates: destroy behind the fixture's yield."
        yield failed(test.path, message, *places, value="late" if destroyed else "none")
    elif asserted:
        yield passed(test.path, "It leaves nothing behind, and asserts on the result.", *places, value="asserted")
    else:
        yield partial(test.path, "It leaves nothing behind, but asserts nothing.", *places, value="smoke")
