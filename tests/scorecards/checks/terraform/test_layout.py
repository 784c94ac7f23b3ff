"""The usual files of a module."""

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

CHECK = "terraform-module-layout-is-standard"
VARIABLE = 'variable "size" {\n  type = string\n}\n'
OUTPUT = 'output "id" {\n  value = 1\n}\n'
RESOURCES = "".join(f'resource "a_b" "c{number}" {{}}\n' for number in range(3))
GOOD = {"main.tf": RESOURCES, "variables.tf": VARIABLE, "outputs.tf": OUTPUT, "README.md": "Takes size.\n"}


def module(**changed: str | None) -> dict[str, str]:
    files = {**GOOD, **{name.replace("__", "."): text for name, text in changed.items()}}
    return {f"modules/m/{name}": text for name, text in files.items() if text is not None}


def test_it_passes_the_usual_layout() -> None:
    (finding,) = judge(CHECK, module())
    assert (finding.outcome, finding.unit) == (Outcome.PASS, "modules/m")


def test_it_passes_a_readme_that_is_generated() -> None:
    assert verdict(judge(CHECK, module(README__md="<!-- BEGIN_TF_DOCS -->\n"))) == Outcome.PASS


def test_it_fails_one_file_that_mixes_all() -> None:
    (finding,) = judge(CHECK, {"modules/m/main.tf": VARIABLE + OUTPUT})
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place("modules/m/main.tf", 4),)


def test_it_calls_a_misplaced_block_partial() -> None:
    (finding,) = judge(CHECK, module(main__tf=RESOURCES + OUTPUT))
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places[0] == Place("modules/m/main.tf", 4)


def test_it_takes_variables_that_are_spread_over_files() -> None:
    files = {**module(), "modules/m/variables.network.tf": 'variable "size2" {}\n'}
    files["modules/m/README.md"] = "size, size2\n"
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_calls_a_missing_or_silent_readme_partial() -> None:
    assert verdict(judge(CHECK, module(README__md=None))) == Outcome.PARTIAL
    assert verdict(judge(CHECK, module(README__md="# Module\n"))) == Outcome.PARTIAL


def test_it_asks_no_readme_of_a_tiny_module() -> None:
    files = module(README__md=None, main__tf='resource "a_b" "c" {}\n')
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_asks_an_example_of_a_published_module() -> None:
    name = "acme/terraform-aws-thing"
    assert verdict(judge(CHECK, GOOD, name=name)) == Outcome.PARTIAL
    assert verdict(judge(CHECK, {**GOOD, "examples/a/main.tf": ""}, name=name)) == Outcome.PASS


def test_it_asks_nothing_of_roots() -> None:
    assert judge(CHECK, {"main.tf": VARIABLE + OUTPUT}) == []
