"""(pure) What an organisation tells of its platform, and whether that is what runs."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Fleet, Subject
from scorecards.reading.platform import AREAS, Description, Tool, describes_platform, descriptions
from scorecards.reading.platform_tools import tool_name, tools_used
from scorecards.reading.templates.golden import ARTEFACTS, GoldenPath, golden_paths

UNIT = "platform"
SOME_AREAS = 4
PHANTOMS = 0.25  # of the named tools
SOME_ARTEFACTS = 2


# ---------------------------------------------------------------- DOP-4.1-01


@check("platform-described-by-machine")
def platform_described_by_machine(subject: Subject) -> Iterator[Finding]:
    """A document or one System of the catalogue names something for each of six capability areas."""
    if not describes_platform(subject):
        return
    best = _best(subject)
    if best is None:
        text = "No document describes the platform: list its tools by area in platform/*.yaml, or as one System."
        yield failed(UNIT, text, Place(""), value="no description")
        return
    yield _described(best)


def _best(subject: Subject) -> Description | None:
    return max(descriptions(subject.tree), key=lambda one: len(one.areas), default=None)


def _described(best: Description) -> Finding:
    lacking = [area for area in AREAS if area not in best.areas]
    places = [best.areas[area] for area in AREAS if area in best.areas]
    notes = () if best.has_version else ("It has no version.",)
    value = " ".join(area for area in AREAS if area in best.areas)
    if not lacking:
        return passed(UNIT, "All six capability areas are named.", *places, value=value, notes=notes)
    told = partial if len(best.areas) >= SOME_AREAS else failed
    text = (
        f"It names nothing for {', '.join(lacking)}: list the tools of {'that area' if len(lacking) == 1 else 'those'}."
    )
    return told(UNIT, text, best.place, *places, value=value, notes=notes)


# ---------------------------------------------------------------- DOP-4.1-02


@check("platform-description-matches-deployment")
def platform_description_matches_deployment(subject: Subject) -> Iterator[Finding]:
    """Every tool that a description names is deployed or used somewhere in the fleet."""
    if not describes_platform(subject):
        return
    for description in descriptions(subject.tree):
        if len(description.areas) >= SOME_AREAS and description.tools:
            yield _matched(subject, description, subject.fleet)


def _matched(subject: Subject, description: Description, fleet: Fleet | None) -> Finding:
    places = [tool.place for tool in description.tools]
    if fleet is None:
        text = "Whether the named tools run is only known with all repositories."
        return unknown(description.unit, text, *places, value="no fleet")
    systems = {tool_name(name) for name in fleet.ci_systems}
    used = {tool_name(name) for name in fleet.tools} | systems | tools_used(subject.tree)
    phantoms = [tool for tool in description.tools if tool_name(tool.name) not in used]
    notes = _shadows(description, systems)
    if not phantoms:
        return passed(description.unit, "Every named tool is deployed or used.", *places, notes=notes)
    named = ", ".join(tool.name for tool in phantoms[:4])
    value = " ".join(sorted(tool.name for tool in phantoms))
    text = f"Named, but found nowhere: {named}. Deploy it from a repository, or take it out."
    told = partial if len(phantoms) <= PHANTOMS * len(description.tools) else failed
    return told(description.unit, text, *(tool.place for tool in phantoms), value=value, notes=notes)


def _shadows(description: Description, systems: set[str]) -> tuple[str, ...]:
    """CI systems that run pipelines and are not named."""
    named = {tool_name(tool.name) for tool in _of_area(description, "pipelines")}
    hidden = sorted(systems - named)
    return (f"Pipelines also run on {', '.join(hidden[:5])}, which it does not name.",) if hidden else ()


def _of_area(description: Description, area: str) -> list[Tool]:
    return [tool for tool in description.tools if tool.area == area]


# ---------------------------------------------------------------- DOP-4.1-06


@check("golden-path-scaffolds-everything")
def golden_path_scaffolds_everything(subject: Subject) -> Iterator[Finding]:
    """One template makes source with tests, a pipeline, a deployment and a catalogue entity, from checked inputs."""
    if not describes_platform(subject):
        return
    found = golden_paths(subject.tree)
    best = next((one for one in found if len(one.artefacts) >= SOME_ARTEFACTS), None)
    command = next((one for one in found if one.command), None)
    remote = next((one for one in found if one.remote), None)
    if best is not None:
        yield _scaffolded(best)
    elif command is not None:
        yield _commanded(command)
    elif remote is not None:
        yield unknown(UNIT, f"What {remote.unit} makes lies in another repository.", remote.place, value="remote")
    else:
        places = [one.place for one in found] or [Place("")]
        text = "No template makes a new service: offer one with source, pipeline, deployment and catalogue entity."
        yield failed(UNIT, text, *places, value="none")


def _scaffolded(best: GoldenPath) -> Finding:
    lacking = [name for name in ARTEFACTS if name not in best.artefacts]
    places = (best.place, *(place for _, place in best.gaps), *best.artefacts.values())
    value = " ".join([*(f"no {name}" for name in lacking), *(gap for gap, _ in best.gaps)])
    notes = tuple(f"{gap[:1].upper()}{gap[1:]}." for gap, _ in best.gaps)
    if lacking and best.remote:
        return unknown(UNIT, f"{best.unit} copies more from elsewhere; {lacking[0]} is not seen here.", *places)
    if lacking:
        return partial(
            UNIT, f"{best.unit} makes no {' and no '.join(lacking)}: add it.", *places, value=value, notes=notes
        )
    if best.gaps:
        return partial(UNIT, f"{best.unit} makes all, but {best.gaps[0][0]}.", *places, value=value, notes=notes[1:])
    return passed(UNIT, f"{best.unit} makes source, pipeline, deployment and catalogue entity.", *places)


def _commanded(command: GoldenPath) -> Finding:
    told = [gap for gap, _ in command.gaps] or ["what it makes can't be seen"]
    notes = tuple(f"{gap[:1].upper()}{gap[1:]}." for gap in told[1:])
    text = f"A command makes services, but {told[0]}; no skeleton shows what it makes."
    return partial(UNIT, text, command.place, *(place for _, place in command.gaps), value=" ".join(told), notes=notes)
