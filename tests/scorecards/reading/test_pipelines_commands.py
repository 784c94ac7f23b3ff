"""Commands are followed to where they lead, stripped of their wrappers, and told by what they do."""

import pytest

from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import Job, Trail, command_stages, commands, named, pipelines, run_of, trail
from scorecards.reading.pipelines.expressions import expansions, expressions, hidden
from scorecards.reading.pipelines.make import expanded

CI = ".github/workflows/ci.yml"


def job_of(run: str, **files: str) -> tuple[RepositoryTree, Job]:
    script = "".join(f"          {line}\n" for line in run.splitlines())
    text = "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - run: |\n" + script
    tree = tree_of({CI: text, **files})
    return tree, pipelines(tree)[0].jobs[0]


def followed(run: str, **files: str) -> Trail:
    return trail(*job_of(run, **files))


MAKEFILE = """\
GO ?= go
FLAGS := -race
-include local.mk

all: build
build: generate
\t@$(GO) build ./...
generate:
\t-mockgen x
\t$(GO) generate \\
\t  ./...
test-%:
\t$(GO) test $(FLAGS) ./$*
"""


def test_it_follows_a_make_target_with_what_it_needs() -> None:
    found = followed("make build", Makefile=MAKEFILE)
    told = [(command.text, command.line) for command in found.commands]
    assert told == [("make build", 7), ("go build ./...", 7), ("mockgen x", 9), ("go generate ./...", 10)]
    assert [command.tolerated for command in found.commands] == [False, False, True, False]


def test_it_finds_pattern_rules_and_the_first_target() -> None:
    assert followed("make test-unit", Makefile=MAKEFILE).commands[-1].text.startswith("go test -race")
    assert len(followed("make", Makefile=MAKEFILE).commands) == 4


def test_it_tells_targets_that_do_not_exist_from_those_that_may() -> None:
    assert followed("make none", Makefile=MAKEFILE).absent[0].name == "none"
    assert followed("make none").absent[0].name == "none"
    elsewhere = followed("make none", Makefile="include $(DIR)/more.mk\n")
    assert (elsewhere.absent, elsewhere.opaque[0].name) == ([], "none")


def test_it_follows_folders() -> None:
    files = {"sub/Makefile": "x:\n\tpytest\n"}
    assert followed("make -C sub x", **files).commands[-1].text == "pytest"
    assert followed("cd sub\nmake x", **files).commands[-1].text == "pytest"


def test_it_follows_scripts_and_their_lines() -> None:
    found = followed("./ci/run.sh", **{"ci/run.sh": "#!/bin/bash\nset -e\n\npytest tests\n"})
    assert (found.commands[-1].place, found.commands[-1].through) == (("ci/run.sh", 4), ("ci/run.sh",))
    assert followed("bash ci/none.sh").absent[0].name == "ci/none.sh"
    assert followed("bash -c 'go vet ./...'").commands[-1].text == "go vet ./..."


def test_it_follows_package_scripts_and_tasks() -> None:
    package = {"package.json": '{"scripts": {"pretest": "tsc", "test": "jest", "lint": "eslint ."}}'}
    assert [command.text for command in followed("npm test", **package).commands][1:] == ["tsc", "jest"]
    assert followed("yarn lint", **package).commands[-1].text == "eslint ."
    assert followed("npm run none", **package).absent[0].name == "none"
    tasks = {"Taskfile.yml": "tasks:\n  all: {deps: [lint]}\n  lint:\n    cmds:\n      - golangci-lint run\n"}
    assert followed("task all", **tasks).commands[-1].place == ("Taskfile.yml", 5)


def test_it_puts_the_values_of_a_matrix_in() -> None:
    text = (
        "on: push\njobs:\n  a:\n    runs-on: u\n    strategy: {matrix: {t: [lint, test]}}\n"
        "    steps:\n      - run: make ${{ matrix.t }}\n"
    )
    tree = tree_of({CI: text, "Makefile": "lint:\n\truff check\ntest:\n\tpytest\n"})
    told = [command.text for command in commands(tree, pipelines(tree)[0].jobs[0])]
    assert told == ["make lint", "ruff check", "make test", "pytest"]


def test_what_calls_itself_ends() -> None:
    assert len(followed("make a", Makefile="a: b\n\tmake b\nb: a\n\tmake a\n").commands) == 3
    assert len(followed("sh x.sh", **{"x.sh": "sh x.sh\n"}).commands) == 2


@pytest.mark.parametrize(
    ("words", "program", "plain"),
    [
        ("sudo -E env A=1 pytest -q tests", "pytest", ("tests",)),
        ("poetry run python -m pytest", "pytest", ()),
        ("docker run --rm -v a:b -w /x golang:1 go test ./...", "go", ("test", "./...")),
        ("docker compose run --rm app pytest", "pytest", ()),
        ("docker run aquasec/trivy image x", "trivy", ("image", "x")),
        ("kubectl -n prod apply -f x", "kubectl", ("apply",)),
        ("timeout 60 ./gradlew build", "gradlew", ("build",)),
        ("python3.12 manage.py test", "manage.py", ("test",)),
        ("npx --yes semantic-release", "semantic-release", ()),
        ("env", "", ()),
        ("", "", ()),
    ],
)
def test_it_takes_wrappers_off(words: str, program: str, plain: tuple[str, ...]) -> None:
    found = run_of(words.split())
    assert (found.program, found.plain) == (program, plain)


@pytest.mark.parametrize(
    ("command", "stages"),
    [
        ("go test ./...", {"test"}),
        ("go install x.org/tool@latest", set()),
        ("docker buildx build --push .", {"build", "publish"}),
        ("kubectl apply --dry-run=client -f x", {"quality"}),
        ("helm plugin install x", set()),
        ("npm publish --dry-run", set()),
        ("mvn -B verify -DskipTests", {"build"}),
        ("make docker-push", {"publish"}),
        ("make format-check", {"quality"}),
        ("npm run test:unit", {"test"}),
        ("make setup-tests", set()),
        ("terraform apply -auto-approve", {"deploy"}),
        ("goreleaser release --snapshot", {"build"}),
        ("/kaniko/executor --destination r/a:1", {"build", "publish"}),
        ("/kaniko/executor --no-push", {"build"}),
        ("npm audit fix", set()),
        ("npm audit", {"security"}),
    ],
)
def test_it_knows_what_commands_do(command: str, stages: set[str]) -> None:
    assert set(command_stages(run_of(command.split()))) == stages


@pytest.mark.parametrize(
    ("name", "stages"), [("deployToProd", {"deploy"}), ("upload coverage", {"publish", "test"} - {"test"})]
)
def test_it_reads_names(name: str, stages: set[str]) -> None:
    assert set(named(name)) == stages


def test_it_hides_expressions_and_shows_them_again() -> None:
    text = "a ${{ x\n }} b << parameters.c >> $(params.d) ${env.E}"
    masked = hidden(text)
    assert masked.text.count("\n") == text.count("\n")
    assert "${{" not in masked.text
    assert "parameters" not in masked.text
    assert [found.text for found in expressions(text)] == ["x"]
    assert expansions("a-${{ matrix.x }}", {"x": ("1", "2")}) == ("a-1", "a-2")


def test_it_puts_variables_of_make_in_but_none_into_itself() -> None:
    assert expanded("$(A) ${B} $$C", {"A": "a $(A)"}) == "a ${A} ${B} $C"
    wide = {f"V{at}": f"$(V{at + 1})" * 100 for at in range(50)}
    assert len(expanded("$(V0)" * 100, wide)) < 50_000
