"""How playbooks are read: tasks in each way of writing them, expressions, the order in which plays run."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.reading.ansible import Task, every_task, playbooks, roles, task_files
from scorecards.reading.ansible.following import steps
from scorecards.reading.ansible.jinja import variables, whole
from scorecards.reading.ansible.molecule import default_of, is_open


def task(text: str) -> Task:
    indented = "".join(f"      {line}\n" for line in text.strip().split("\n"))
    (located,) = every_task(tree_of({"a.yml": "- hosts: all\n  tasks:\n    -" + indented[5:]}))
    return located.task


@pytest.mark.parametrize(
    ("text", "module", "mode"),
    [
        ("copy: {src: a, mode: '0644'}", "copy", "0644"),
        ("ansible.builtin.copy:\n  src: a\n  mode: u=rw", "ansible.builtin.copy", "u=rw"),
        ("copy: src=a mode=0600", "copy", "0600"),
        ("copy: src=a mode='{{ m }}' dest=b", "copy", "{{ m }}"),
        ("action: copy src=a mode=0600", "copy", "0600"),
        ("action: {module: copy, src: a, mode: '0600'}", "copy", "0600"),
        ("local_action: copy src=a mode=0600", "copy", "0600"),
        ("copy: src=a\nargs: {mode: '0600'}", "copy", "0600"),
        ("name: x\nwhen: y\nwith_items: [a]\nregister: z\ncopy: {mode: '0600'}", "copy", "0600"),
        ("name: x", "", ""),
        ("copy:", "copy", ""),
        ("copy: [a]", "copy", ""),
    ],
)
def test_it_finds_module_and_arguments(text: str, module: str, mode: str) -> None:
    found = task(text)
    assert (found.module, found.text("mode")) == (module, mode)


def test_a_number_is_told_from_a_text() -> None:
    assert not task("copy: {mode: 0644}").arguments["mode"].is_text
    assert task("copy: {mode: '0644'}").arguments["mode"].is_text
    assert task("copy: mode=0644").arguments["mode"].is_text


def test_a_command_keeps_its_text() -> None:
    assert task("shell: echo a=b | sh chdir=/x").free == "echo a=b | sh chdir=/x"
    assert task("command:\n  cmd: id -u").free == "id -u"
    assert task("copy: src=a").free == ""


def test_keywords_are_inherited_from_blocks_and_plays() -> None:
    text = (
        "- hosts: all\n  become: true\n  tasks:\n    - no_log: true\n      block:\n        - name: A\n          ping:\n"
        "      rescue:\n        - name: B\n          become: false\n          ping:\n"
    )
    first, second = (located.task for located in every_task(tree_of({"a.yml": text})))
    assert first.inherited("become") is not None
    assert first.inherited("become").is_true  # type: ignore[union-attr]
    assert second.inherited("become").is_false  # type: ignore[union-attr]
    assert second.inherited("no_log").is_true  # type: ignore[union-attr]


def test_tasks_of_one_name_are_told_apart() -> None:
    text = "- hosts: all\n  tasks:\n    - name: A\n      ping:\n    - name: A\n      ping:\n    - ping:\n"
    units = [located.unit for located in every_task(tree_of({"a.yml": text}))]
    assert units == ["a.yml A", "a.yml A #2", "a.yml ping"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ a }} and {{ b.c | default(d) }}", {"a", "b", "d"}),
        ("{{ lookup('env', 'HOME') }}", set()),
        ("{{ a['b'] }}{% if c in ['x'] %}", {"a", "c"}),
        ("no expression a", set()),
        ("{{ open", set()),
    ],
)
def test_it_tells_the_variables_of_expressions(text: str, names: set[str]) -> None:
    assert variables(text) == names


@pytest.mark.parametrize(
    ("text", "name", "default"),
    [
        ("{{ a }}", "a", None),
        ("{{ a | default('0644') }}", "a", "0644"),
        ('{{a.b|d("x")}}', "a.b", "x"),
        ("{{ a | default(b) }}", "a", None),
    ],
)
def test_it_tells_a_text_that_is_one_variable(text: str, name: str, default: str | None) -> None:
    found = whole(text)
    assert found is not None
    assert (found.name, found.default) == (name, default)


@pytest.mark.parametrize("text", ["{{ a }}/b", "a", "", "{{ a + b }}"])
def test_other_texts_are_no_single_variable(text: str) -> None:
    assert whole(text) is None


def test_a_play_runs_pre_tasks_roles_and_tasks_through_includes() -> None:
    files = {
        "a.yml": "- hosts: all\n  tasks:\n    - include_tasks: more.yml\n    - name: D\n      ping:\n"
        "  roles: [web, db/main, acme.other]\n  pre_tasks:\n    - name: A\n      ping:\n",
        "more.yml": "- name: C\n  ping:\n- include_tasks: more.yml\n",
        "roles/web/tasks/main.yml": "- name: B\n  ping:\n- include_role: {name: web}\n",
        "roles/db/main/tasks/main.yml": "- name: B2\n  ping:\n",
    }
    tree = tree_of(files)
    (book,) = playbooks(tree)
    run = steps(tree, book.plays[0])
    named = [step.task.name if step.task is not None else f"role {step.role}" for step in run]
    assert [name for name in named if name] == ["A", "B", "B2", "role acme.other", "C", "D"]


def test_files_that_plays_include_are_files_of_tasks() -> None:
    tree = tree_of({"a.yml": "- hosts: all\n  tasks:\n    - include_tasks: x/more.yml\n", "x/more.yml": "- ping:\n"})
    assert [file.path for file in task_files(tree)] == ["x/more.yml"]


def test_it_finds_roles_by_their_tasks() -> None:
    files = {"roles/a/tasks/main.yml": "- ping:\n", "x/roles/b/tasks/main.yaml": "- ping:\n", "roles/c/a.yml": "x"}
    assert [(role.folder, role.name) for role in roles(tree_of(files))] == [("roles/a", "a"), ("x/roles/b", "b")]


@pytest.mark.parametrize(
    ("text", "filled", "open_"),
    [("${A:-b}-c", "b-c", False), ("${A}-c", "-c", True), ("a", "a", False), ("${A-b}", "b", False), ("$A", "", True)],
)
def test_variables_of_a_scenario_have_defaults(text: str, filled: str, open_: bool) -> None:
    assert (default_of(text), is_open(text)) == (filled, open_)


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: {a: b}\n  tasks: {a: b}\n  roles: x\n",
        "- hosts: all\n  tasks: [1, [a], {}, null, {block: x}, {block: [{block: []}]}, {copy: {a: {b: c}}}]\n",
        "- hosts: all\n  roles: [1, {role: {a: b}}, {role: [x]}, null]\n  vars_files: {a: b}\n",
        "- hosts: all\n  tasks: &t\n    - block: *t\n",
        "- import_playbook: [a]\n- import_playbook: ../../../x.yml\n",
    ],
)
def test_odd_playbooks_are_no_trouble(text: str) -> None:
    tree = tree_of({"a.yml": text})
    for book in playbooks(tree):
        for play in book.plays:
            steps(tree, play)
    every_task(tree)
