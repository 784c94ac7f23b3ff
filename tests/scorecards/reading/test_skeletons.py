"""Folders that become services, and what comes of them."""

from ingest.repository.memory import tree_of
from scorecards.reading.templates.rendering import renderings
from scorecards.reading.templates.skeletons import in_skeleton, skeletons

TEMPLATE = """
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  parameters:
    - properties:
        name: {type: string, default: pay}
        cache: {type: boolean, default: false}
        owner: {type: string}
  steps:
    - action: fetch:template
      input:
        url: ./skeleton
        values:
          name: ${{ parameters.name }}
          cache: ${{ parameters.cache }}
          owner: ${{ parameters.owner }}
"""
TEXT = """name: ${{ values.name | dump }}
{%- if values.cache %}
cache: yes
{% else %}
cache: no
{% endif %}
{% if not values.cache and x %}odd{% endif %}
owner: ${{ values.owner }}
run: echo ${{ github.sha }} {{ other }}
"""


def test_it_fills_in_defaults_for_each_choice_and_keeps_lines() -> None:
    files = {"t/template.yaml": TEMPLATE, "t/skeleton/${{values.name}}/a.yaml": TEXT}
    tree = tree_of(files)
    (skeleton,) = skeletons(tree)
    chosen = {one.choices: one for one in renderings(tree, skeleton)}
    assert set(chosen) == {(), ("cache=true",)}
    plain = chosen[()].files["pay/a.yaml"].split("\n")
    assert len(plain) == len(TEXT.split("\n"))
    assert plain[0] == "name: pay"
    assert plain[2] == "" and plain[4] == "cache: no"
    assert plain[7:9] == ["owner: team-sample", "run: echo ${{ github.sha }} {{ other }}"]
    assert chosen[("cache=true",)].files["pay/a.yaml"].split("\n")[2] == "cache: yes"
    assert chosen[()].origins == {"pay/a.yaml": "t/skeleton/${{values.name}}/a.yaml"}


def test_it_knows_what_belongs_to_services_to_come() -> None:
    tree = tree_of({"t/template.yaml": TEMPLATE, "t/skeleton/a.yaml": TEXT})
    assert in_skeleton(tree, "t/skeleton/a.yaml")
    assert not in_skeleton(tree, "t/template.yaml")


def test_it_reads_no_folder_outside_of_the_repository_or_with_the_template_itself() -> None:
    for url in ("../..", "/etc", ".", "https://x.example/y", "${{ parameters.x }}", "**/**/**"):
        tree = tree_of({"t/template.yaml": TEMPLATE.replace("./skeleton", f"'{url}'"), "t/a.yaml": "x"})
        assert skeletons(tree) == []


def test_it_finds_skeletons_of_other_tools() -> None:
    files = {
        "c/cookiecutter.json": '{"name": "x"}', "c/{{cookiecutter.name}}/a.py": "x",
        "p/copier.yml": "_subdirectory: inner\nname: {type: str, default: x}\n", "p/inner/{{name}}.py.jinja": "x",
        "y/generators/app/templates/a.js": "<%= name %>",
    }  # fmt: skip
    tree = tree_of(files)
    found = {one.folder: one for one in skeletons(tree)}
    assert set(found) == {"c/{{cookiecutter.name}}", "p/inner", "y/generators/app/templates"}
    (made,) = renderings(tree, found["p/inner"])
    assert set(made.files) == {"x.py"}
    (made,) = renderings(tree, found["y/generators/app/templates"])
    assert made.files["a.js"] == "sample-service"
