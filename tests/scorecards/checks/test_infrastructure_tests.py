"""Tests of modules, and tests that look and clean up."""

import pytest

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

TESTED = "terraform-modules-tested"
CLEAN = "infrastructure-tests-assert-and-destroy"
MODULE = 'resource "aws_vpc" "a" {}\n'
HEAD = (
    'package test\n\nimport (\n\t"testing"\n\t"github.com/gruntwork-io/terratest/modules/terraform"\n'
    '\t"github.com/stretchr/testify/assert"\n)\n\n'
)


def go(body: str, more: str = "", name: str = "TestIt") -> str:
    return f"{HEAD}func {name}(t *testing.T) {{\n{body}\n}}\n{more}"


def options(folder: str) -> str:
    return f"\topts := &terraform.Options{{\n\t\tTerraformDir: {folder},\n\t}}\n"


APPLY = "\tterraform.InitAndApply(t, opts)\n"
DESTROY = "\tterraform.Destroy(t, opts)\n"
DEFER = "\tdefer terraform.Destroy(t, opts)\n"
LOOK = '\tassert.NotEmpty(t, terraform.Output(t, opts, "id"))\n'


# ---------------------------------------------------------------- which modules


@pytest.mark.parametrize(
    "folder",
    [
        '"../modules/a"',
        'fmt.Sprintf("../modules/%s", "a")',
        'filepath.Join("..", "modules", "a")',
        'test_structure.CopyTerraformFolderToTemp(t, "..", "modules/a")',
        '"../modules/" + "a"',
    ],
)
def test_it_passes_when_every_module_is_named_by_a_test(folder: str) -> None:
    files = {"modules/a/main.tf": MODULE, "test/a_test.go": go(options(folder) + APPLY)}
    (finding,) = judge(TESTED, files)
    assert (finding.outcome, finding.unit, finding.value) == (Outcome.PASS, "repository", "1/1")
    assert finding.places == (Place("test/a_test.go", 9),)


def test_it_follows_a_name_to_its_value() -> None:
    body = '\tfolder := "../modules/a"\n' + options("folder") + APPLY
    assert verdict(judge(TESTED, {"modules/a/main.tf": MODULE, "test/a_test.go": go(body)})) == Outcome.PASS


def test_it_counts_the_modules_that_a_tested_example_calls() -> None:
    files = {
        "modules/a/main.tf": MODULE,
        "examples/x/main.tf": 'module "a" {\n  source = "../../modules/a"\n}\n',
        "test/a_test.go": go(options('"../examples/x"') + APPLY),
    }
    assert verdict(judge(TESTED, files)) == Outcome.PASS


def test_it_calls_half_of_the_modules_partial_and_fewer_a_failure() -> None:
    files = {
        "modules/a/main.tf": MODULE,
        "modules/b/main.tf": MODULE,
        "test/a_test.go": go(options('"../modules/a"') + APPLY),
    }
    (finding,) = judge(TESTED, files)
    assert (finding.outcome, finding.value) == (Outcome.PARTIAL, "1/2")
    assert verdict(judge(TESTED, {**files, "modules/c/main.tf": MODULE})) == Outcome.FAIL
    assert verdict(judge(TESTED, {"modules/a/main.tf": MODULE})) == Outcome.FAIL


def test_it_counts_no_test_that_runs_nothing() -> None:
    files = {"modules/a/main.tf": MODULE, "test/a_test.go": go(options('"../modules/a"'))}
    assert verdict(judge(TESTED, files)) == Outcome.FAIL


def test_it_fails_where_a_test_names_a_folder_that_is_not_there() -> None:
    files = {"modules/a/main.tf": MODULE, "test/a_test.go": go(options('"../modules/network"') + APPLY)}
    (finding,) = judge(TESTED, files)
    assert finding.outcome == Outcome.FAIL
    assert finding.places[0] == Place("test/a_test.go", 9)


def test_it_does_not_know_what_a_computed_folder_is() -> None:
    files = {"modules/a/main.tf": MODULE, "test/a_test.go": go(options("os.Getenv(x)") + APPLY)}
    assert verdict(judge(TESTED, files)) == Outcome.UNKNOWN


def test_it_takes_the_texts_of_a_table_of_cases() -> None:
    body = '\tfor _, dir := range []string{"../modules/a", "../modules/b"} {\n' + options("dir") + APPLY + "\t}\n"
    files = {"modules/a/main.tf": MODULE, "modules/b/main.tf": MODULE, "test/a_test.go": go(body)}
    assert verdict(judge(TESTED, files)) == Outcome.PASS


def test_it_reads_native_test_files() -> None:
    files = {"modules/a/main.tf": MODULE, "modules/a/tests/a.tftest.hcl": 'run "x" {\n  command = plan\n}\n'}
    assert verdict(judge(TESTED, files)) == Outcome.PASS
    other = {
        "main.tf": MODULE,
        "modules/a/main.tf": MODULE,
        "tests/a.tftest.hcl": 'run "x" {\n  module {\n    source = "./modules/a"\n  }\n}\n',
    }
    assert verdict(judge(TESTED, other)) == Outcome.PASS


def test_it_reads_tests_in_python_and_of_kitchen() -> None:
    python = 'import tftest\n\ndef test_it():\n    tf = tftest.TerraformTest("modules/a")\n    assert tf.plan()\n'
    assert verdict(judge(TESTED, {"modules/a/main.tf": MODULE, "tests/test_a.py": python})) == Outcome.PASS
    kitchen = "driver:\n  name: terraform\n  root_module_directory: modules/a\nsuites: []\n"
    assert verdict(judge(TESTED, {"modules/a/main.tf": MODULE, ".kitchen.yml": kitchen})) == Outcome.PASS


def test_it_asks_nothing_without_modules() -> None:
    assert judge(TESTED, {"main.tf": MODULE}) == []


# ---------------------------------------------------------------- what a test does


def judged(body: str, more: str = "") -> Outcome:
    return verdict(judge(CLEAN, {"test/a_test.go": go(body, more)}))


def test_it_passes_a_test_that_defers_the_destroy_and_asserts() -> None:
    (finding,) = judge(CLEAN, {"test/a_test.go": go(DEFER + APPLY + LOOK)})
    assert (finding.outcome, finding.unit) == (Outcome.PASS, "test/a_test.go TestIt")
    assert finding.places == (Place("test/a_test.go", 11), Place("test/a_test.go", 10), Place("test/a_test.go", 12))


def test_it_calls_a_test_that_only_applies_partial() -> None:
    assert judged(DEFER + APPLY) == Outcome.PARTIAL
    assert judged(DEFER + "\t_, err := terraform.InitAndApplyE(t, opts)\n\tassert.NoError(t, err)\n") == Outcome.PARTIAL
    assert judged(DEFER + APPLY + "\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n") == Outcome.PARTIAL


def test_it_fails_a_test_that_leaves_resources() -> None:
    assert judged(APPLY + LOOK) == Outcome.FAIL
    assert judged(APPLY + LOOK + DESTROY) == Outcome.FAIL
    assert judged(APPLY + DEFER + LOOK) == Outcome.FAIL


@pytest.mark.parametrize(
    "cleanup",
    [
        "\tdefer func() {\n\t\tterraform.Destroy(t, opts)\n\t}()\n",
        "\tt.Cleanup(func() {\n\t\tterraform.Destroy(t, opts)\n\t})\n",
        '\tdefer test_structure.RunTestStage(t, "cleanup", func() {\n\t\tterraform.Destroy(t, opts)\n\t})\n',
        "\tdefer cleanup(t, opts)\n",
    ],
)
def test_it_knows_every_way_of_cleaning_up(cleanup: str) -> None:
    callee = "\nfunc cleanup(t *testing.T, opts *terraform.Options) {\n\tterraform.Destroy(t, opts)\n}\n"
    assert judged(cleanup + APPLY + LOOK, callee) == Outcome.PASS


def test_it_follows_functions_of_the_package_one_level() -> None:
    followed = (
        "\nfunc deploy(t *testing.T, opts *terraform.Options) {\n\tterraform.InitAndApply(t, opts)\n}\n"
        "\nfunc verify(t *testing.T, opts *terraform.Options) interface{} {\n\tassert.True(t, true)\n\treturn nil\n}\n"
    )
    assert judged(DEFER + "\tdeploy(t, opts)\n\tverify(t, opts)\n", followed) == Outcome.PASS
    assert judged("\tdeploy(t, opts)\n\tverify(t, opts)\n", followed) == Outcome.FAIL


def test_it_asks_no_cleanup_of_a_plan() -> None:
    assert judged("\tplan := terraform.InitAndPlan(t, opts)\n\tassert.NotEmpty(t, plan)\n") == Outcome.PASS
    assert judged("\tterraform.InitAndPlan(t, opts)\n") == Outcome.PARTIAL


def test_it_reads_a_suite() -> None:
    methods = (
        "\nfunc (s *Suite) SetupSuite() {\n\tterraform.InitAndApply(s.T(), s.opts)\n}\n"
        "\nfunc (s *Suite) TearDownSuite() {\n\tterraform.Destroy(s.T(), s.opts)\n}\n"
        "\nfunc (s *Suite) TestOutput() {\n\tassert.NotEmpty(s.T(), 1)\n}\n"
    )
    assert judged("\tsuite.Run(t, new(Suite))\n", methods) == Outcome.PASS


def test_it_reads_other_names_of_the_library() -> None:
    text = go("\tdefer tf.Destroy(t, opts)\n\ttf.Apply(t, opts)\n" + LOOK)
    renamed = text.replace(
        '"github.com/gruntwork-io/terratest/modules/terraform"',
        'tf "github.com/gruntwork-io/terratest/modules/terraform/v2"',
    )
    assert verdict(judge(CLEAN, {"test/a_test.go": renamed})) == Outcome.PASS


def test_it_reads_past_a_line_that_is_no_go() -> None:
    files = {"test/a_test.go": "# test/a_test.go it's\n" + go(DEFER + APPLY + LOOK)}
    assert verdict(judge(CLEAN, files)) == Outcome.PASS


def test_it_asks_native_tests_for_an_assertion() -> None:
    smoke = {"tests/a.tftest.hcl": 'run "x" {\n  command = apply\n}\n'}
    (finding,) = judge(CLEAN, smoke)
    assert (finding.outcome, finding.unit) == (Outcome.PARTIAL, "tests/a.tftest.hcl")
    good = {"tests/a.tftest.hcl": 'run "x" {\n  assert {\n    condition = true\n    error_message = "no"\n  }\n}\n'}
    assert verdict(judge(CLEAN, good)) == Outcome.PASS
    assert verdict(judge(CLEAN, {"a.tftest.hcl": 'run "x" {\n  expect_failures = [var.a]\n}\n'})) == Outcome.PASS


def test_it_asks_python_tests_the_same() -> None:
    head = "import tftest\n\ndef test_it(tf):\n    tf.apply()\n    assert tf.output()\n"
    assert verdict(judge(CLEAN, {"test_a.py": head})) == Outcome.FAIL
    assert verdict(judge(CLEAN, {"test_a.py": head + "    tf.destroy()\n"})) == Outcome.FAIL
    assert verdict(judge(CLEAN, {"test_a.py": "import tftest\n\ndef test_it(tf):\n    tf.plan()\n"})) == Outcome.PARTIAL


def test_it_reads_fixtures_beside_python_tests() -> None:
    fixture = (
        "import tftest\n\ndef tf():\n    t = tftest.TerraformTest('x')\n    t.apply()\n    yield t\n    t.destroy()\n"
    )
    files = {"tests/conftest.py": fixture, "tests/test_a.py": "def test_it(tf):\n    assert tf.output()\n"}
    (finding,) = judge(CLEAN, files)
    assert (finding.unit, finding.outcome) == ("tests/test_a.py", Outcome.PASS)


def test_it_asks_nothing_of_other_tests() -> None:
    other = 'package a\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tterraform.Apply(t)\n}\n'
    assert judge(CLEAN, {"a_test.go": other, "go.mod": "module example.com/a\n"}) == []
    assert judge(CLEAN, {"a_test.go": go(APPLY), "go.mod": "module example.com/a\n"}) == []
