"""Facts: package manifests, owners of code, and rows of odd files."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.rules.facts import ABSENT, COLLECTIONS, Kind, LiveFacts
from scorecards.rules.facts.code_owners import owners_of, owners_of_folder
from scorecards.rules.packages import manifests
from tests.scorecards.rules.judging import subject


def rows(collection: str, files: dict[str, str]) -> list[dict]:
    fields = [field.name for field in COLLECTIONS[collection].fields]
    return [dict(zip(fields, row.values, strict=True)) for row in LiveFacts(subject(files)).rows(collection).rows]


def depends(files: dict[str, str]) -> list[tuple[str, str | None, str]]:
    return [(row["name"], row["version"], row["scope"]) for row in rows("dependencies", files)]


# ---------------------------------------------------------------- packages

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>example.acme</groupId><artifactId>parent</artifactId><version>4.1</version></parent>
  <artifactId>pay</artifactId>
  <properties><jackson>2.17.0</jackson></properties>
  <dependencies>
    <dependency><groupId>a</groupId><artifactId>b</artifactId><version>${jackson}</version></dependency>
    <dependency><groupId>a</groupId><artifactId>c</artifactId><version>${revision}</version><scope>test</scope></dependency>
    <dependency><groupId>a</groupId><artifactId>d</artifactId></dependency>
  </dependencies>
</project>"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pom.xml", POM, [("a:b", "2.17.0", "runtime"), ("a:c", None, "test"), ("a:d", "", "runtime")]),
        (
            "package.json",
            '{"dependencies": {"a": "^1"}, "devDependencies": {"b": "2"}}',
            [("a", "^1", "runtime"), ("b", "2", "development")],
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"Django_REST[x]>=3,<4; os_name > '3'\"]\n"
            '[dependency-groups]\ntest = ["pytest"]\n',
            [("django-rest", ">=3,<4", "runtime"), ("pytest", "", "development")],
        ),
        (
            "requirements.txt",
            "# x\n-r base.txt\nflask==3.0 --hash=sha256:a\nhttps://x/y.whl\n",
            [("flask", "==3.0", "runtime")],
        ),
        (
            "go.mod",
            "module x\nrequire example.com/a v1.2.3\nrequire (\n\tb.org/c v0.1.0 // indirect\n)\n",
            [("example.com/a", "v1.2.3", "runtime"), ("b.org/c", "v0.1.0", "optional")],
        ),
        (
            "build.gradle.kts",
            'dependencies {\n implementation("a.b:c:1.0")\n testImplementation("d:e:$v")\n}\n',
            [("a.b:c", "1.0", "runtime"), ("d:e", None, "test")],
        ),
        ("Cargo.toml", '[dependencies]\nserde = {version = "1"}\n', [("serde", "1", "runtime")]),
        ("a.csproj", '<Project><PackageReference Include="X" Version="1.0"/></Project>', [("X", "1.0", "runtime")]),
        ("composer.json", '{"require": {"php": ">=8"}}', [("php", ">=8", "runtime")]),
    ],
)
def test_it_reads_what_a_manifest_depends_on(path, text, expected):
    assert depends({path: text}) == expected


def test_it_tells_the_parent_of_a_pom():
    [row] = rows("package_files", {"pom.xml": POM})
    assert (row["name"], row["parent"], row["parent_version"]) == ("example.acme:pay", "example.acme:parent", "4.1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a>" * 200,
        "\0",
        "<a/>" * 3,
        "<project><parent/></project>",
    ],
)
def test_a_pom_that_can_not_be_read_is_unknown(text):
    [row] = rows("package_files", {"pom.xml": text})
    assert row["ecosystem"] == "maven"
    assert row["parent"] in (None, "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", "[1]"),
        ("package.json", '{"name": {}, "dependencies": [1], "devDependencies": "x"}'),
        ("package.json", '{"dependencies": {"a": [1], "b": {}}}'),
        ("pyproject.toml", "project = 3\ntool = 4\n"),
        ("pyproject.toml", '[project]\ndependencies = [1, {a = 2}]\noptional-dependencies = "x"\n'),
        ("pyproject.toml", "[tool.poetry]\ndependencies = 1\ngroup = [1]\n"),
        ("Cargo.toml", "package = 1\ndependencies = [1]\n"),
        ("go.mod", "require (\n" * 50),
    ],
)
def test_odd_manifests_are_read_as_far_as_they_go(path, text):
    assert len(manifests(tree_of({path: text}))) == 1


# ---------------------------------------------------------------- CODEOWNERS


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b.py", True),
        ("*.py", "a/b.py", True),
        ("*.py", "a/b.pyc", False),
        ("/docs/", "docs/a/b.md", True),
        ("/docs/", "a/docs/b.md", False),
        ("docs/", "a/docs/b.md", True),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("/svc/pay", "svc/pay/main.go", True),
        ("/svc/pay", "svc/payments/main.go", False),
        ("svc/**/test", "svc/a/b/test/x", True),
        ("**/logs", "a/logs/x", True),
        ("/a.b", "aXb", False),
        ("docs\\ x/", "docs x/a", True),
    ],
)
def test_a_rule_owns_what_its_pattern_matches(pattern, path, matches):
    assert owners_of(tree_of({"CODEOWNERS": f"{pattern} @acme/a\n"}), path) == (("@acme/a",) if matches else ())


def test_the_last_rule_that_matches_counts_and_may_take_owners_away():
    tree = tree_of({".github/CODEOWNERS": "# all\n* @a\n/pay/ @b @c # pay\n/pay/docs/\n"})
    assert owners_of(tree, "x") == ("@a",)
    assert owners_of_folder(tree, "pay") == ("@b", "@c")
    assert owners_of(tree, "pay/docs/a.md") == ()


def test_owners_are_unknown_after_too_many_tries(monkeypatch):
    monkeypatch.setattr("scorecards.rules.facts.code_owners.MAX_TRIES", 3)
    tree = tree_of({"CODEOWNERS": "/a @a\n/b @b\n"})
    assert owners_of(tree, "x") == ()
    assert owners_of(tree, "y") is None


# ---------------------------------------------------------------- the others


def test_every_field_has_a_type_and_a_line():
    for collection in COLLECTIONS.values():
        assert collection.doc.endswith(".")
        assert len(collection.position) == len(collection.fields)
        assert all(field.doc and field.kind in Kind for field in collection.fields)


def test_a_limit_that_is_not_set_differs_from_one_that_nobody_knows():
    workload = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
        "spec: {template: {spec: {containers: [{name: a, image: 'a:1', "
        "resources: {limits: {cpu: 500m, memory: lots}}}]}}}\n"
    )
    [row] = rows("containers", {"a.yaml": workload})
    assert (row["cpu_limit"], row["cpu_request"], row["memory_limit"]) == (0.5, ABSENT, None)


def test_custom_resources_are_those_that_kubernetes_does_not_bring_itself():
    claim = "apiVersion: acme.example/v1\nkind: DatabaseClaim\nmetadata: {name: a}\nspec: {size: small, owner: pay}\n"
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\n"
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"
    [row] = rows("custom_resources", {"a.yaml": claim, "b.yaml": ingress, "c.yaml": deployment})
    assert (row["kind"], row["group"], row["version"]) == ("DatabaseClaim", "acme.example", "v1")
    assert (row["members"], row["name"], row["path"]) == (("size", "owner"), "a", "a.yaml")


ODD = {
    "docker-compose.yml": "services:\n  a: 3\n  b: [1]\n  c: {image: [1], ports: {a: b}, privileged: {}}\n",
    "Dockerfile": "FROM\nRUN\nEXPOSE\nFROM $A\nUSER\n",
    "k.yaml": "apiVersion: v1\nkind: Service\nmetadata: []\nspec: {ports: {a: b}}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [a], labels: [b]}\nspec: {replicas: many, template: "
    "{spec: {containers: [{image: {}, resources: {limits: {cpu: [1], memory: .inf}}}, 3], hostNetwork: maybe}}}\n",
    "charts/a/Chart.yaml": "name: [1]\ndependencies: {a: b}\nmaintainers: 3\n",
    "main.tf": 'resource "a" {}\nresource {}\nmodule "x" { source = var.x }\nmodule {}\n',
    ".github/workflows/a.yml": "on: [push]\njobs: {a: {steps: [3, {run: [1]}, {uses: {}}]}, b: 3}",
    "catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
    "metadata: {name: [1], labels: 3, tags: {}}\nspec: [1]\n",
    "rules.yaml": "groups: [{name: [1], rules: [{alert: {}, expr: 3, labels: [1]}, 3]}]\n",
    "play.yml": "- hosts: all\n  become: [1]\n  tasks: [{name: {}, shell: [1], tags: {}}, 3]\n",
    "board.json": '{"panels": [{"targets": 3}], "title": [], "schemaVersion": 1, "tags": {}}',
    "CODEOWNERS": "[\n\n#\n* \n",
}  # fmt: skip


@pytest.mark.parametrize("collection", sorted(COLLECTIONS))
def test_odd_files_make_rows_or_none(collection):
    LiveFacts(subject(ODD)).rows(collection)


def test_objectives_tell_their_queries_whole_and_without_comments() -> None:
    long = " + ".join(f"sum(rate(errors_{number}_total[5m]))" for number in range(60))
    text = (
        "version: prometheus/v1\nservice: pay\nslos:\n  - name: one\n    objective: 99.9\n    sli:\n      events:\n"
        f"        error_query: |\n          {long} # of all\n        total_query: sum(rate(all_total[5m]))\n"
    )
    found = rows("slos", {"slo.yaml": text})
    assert [(row["indicator"], row["good_query"], row["total_query"]) for row in found] == [
        ("events", "", "sum(rate(all_total[5m]))")
    ]
    assert found[0]["bad_query"] == long
