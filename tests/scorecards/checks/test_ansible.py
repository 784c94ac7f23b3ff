"""Playbooks, roles and scenarios. Definition: DOP-1.2-01 to -07, DOP-1.3-04 and -05."""

from collections.abc import Mapping

import pytest

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

FAIL, PARTIAL, UNKNOWN, PASS, NOT = (
    Outcome.FAIL, Outcome.PARTIAL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE,
)  # fmt: skip
PLAY = "- name: Web\n  hosts: web\n  tasks:\n    - name: Ping\n      ansible.builtin.ping:\n"


def play(tasks: str = "", head: str = "", hosts: str = "web") -> str:
    """A play; ``tasks`` are indented by four blanks already."""
    return f"- name: Web\n  hosts: {hosts}\n{head}" + (f"  tasks:\n{tasks}" if tasks else "")


def task(module: str, *lines: str, name: str = "Do it", more: str = "") -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"    - name: {name}\n      {module}:\n{body}{more}"


def one(check: str, files: Mapping[str, str]) -> Finding:
    found = judge(check, files)
    assert len(found) == 1, found
    return found[0]


# ---------------------------------------------------------------- DOP-1.2-01

NAMED = "ansible-tasks-named-and-qualified"


def test_named_plays_and_qualified_modules_pass() -> None:
    blocks = (
        "    - block:\n        - name: Inner\n          ansible.builtin.command: id\n"
        "    - ansible.builtin.include_tasks: more.yml\n    - ansible.builtin.meta: flush_handlers\n"
    )
    assert one(NAMED, {"site.yml": play(task("ansible.builtin.copy", "src: a") + blocks)}).outcome is PASS


def test_a_short_module_name_is_partial() -> None:
    found = one(NAMED, {"site.yml": play(task("copy", "src: a"))})
    assert found.outcome is PARTIAL
    assert "ansible.builtin.copy" in found.message
    assert found.places[0].line == 4


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: web\n  tasks:\n    - name: Ping\n      ansible.builtin.ping:\n",
        play("    - ansible.builtin.ping:\n"),
        play(task("ansible.builtin.ping", name='"{{ what }} it"')),
        play('    - name: ""\n      ansible.builtin.ping:\n'),
        play("    - block:\n        - ansible.builtin.ping:\n"),
        play("    - name: Old\n      action: copy src=a dest=b\n"),
        play("    - name: Old\n      local_action: command id\n"),
    ],
)
def test_a_play_or_task_without_a_name_or_a_legacy_call_fails(text: str) -> None:
    assert one(NAMED, {"site.yml": text}).outcome is FAIL


def test_handlers_and_files_of_tasks_are_units_of_their_own() -> None:
    files = {
        "site.yml": PLAY,
        "roles/a/tasks/main.yml": "- name: A\n  ansible.builtin.ping:\n",
        "roles/a/handlers/main.yml": "- name: B\n  service: {name: x, state: restarted}\n",
        "setup.yml": "- ansible.builtin.ping:\n",
        "other.yml": play("    - ansible.builtin.include_tasks: setup.yml\n"),
    }
    found = {finding.unit: finding.outcome for finding in judge(NAMED, files)}
    assert found == {
        "site.yml": PASS,
        "other.yml": PASS,
        "roles/a/tasks/main.yml": PASS,
        "roles/a/handlers/main.yml": PARTIAL,
        "setup.yml": FAIL,
    }


def test_an_encrypted_file_is_unknown() -> None:
    found = judge(NAMED, {"site.yml": PLAY, "roles/a/tasks/main.yml": "$ANSIBLE_VAULT;1.1;AES256\n3231\n"})
    assert {finding.unit: finding.outcome for finding in found}["roles/a/tasks/main.yml"] is UNKNOWN


def test_it_asks_nothing_without_a_playbook() -> None:
    assert judge(NAMED, {"tasks/main.yml": "- ping:\n"}) == []


# ---------------------------------------------------------------- DOP-1.2-02

GUARD = "ansible-environment-checked-first"
CHANGE = task("ansible.builtin.copy", "src: a", "dest: b")
ASSERT = (
    "    - name: Look\n      ansible.builtin.assert:\n        that:\n          - target_env is defined\n"
    "          - target_env in ['dev', 'staging', 'prod']\n"
)


@pytest.mark.parametrize(
    "text",
    [
        play(CHANGE, f"  pre_tasks:\n{ASSERT}"),
        play(ASSERT + CHANGE),
        play(CHANGE, "  pre_tasks:\n    - ansible.builtin.fail: {msg: no}\n      when: deploy_env not in allowed\n"),
        play(CHANGE, "  pre_tasks:\n    - assert: {that: \"env == 'prod' or env == 'dev'\"}\n"),
        play(CHANGE, "  pre_tasks:\n    - assert: {that: \"stage is match('^(dev|prod)$')\"}\n"),
        play(CHANGE, hosts="production"),
        play(CHANGE, hosts="'web:&staging'"),
        play(ASSERT, hosts="localhost") + play(CHANGE),
    ],
)
def test_a_closed_list_that_is_asked_first_passes(text: str) -> None:
    assert verdict([found for found in judge(GUARD, {"site.yml": text}) if found.outcome is not NOT]) is PASS


@pytest.mark.parametrize(
    "text",
    [
        play(CHANGE),
        play(CHANGE, "  pre_tasks:\n    - assert: {that: target_env is defined}\n"),
        play(CHANGE, "  pre_tasks:\n    - assert: {that: \"size in ['s', 'l']\"}\n"),
        play(CHANGE, hosts="'{{ env }}_web'"),
        play(head="  roles:\n    - web\n"),
    ],
)
def test_a_play_without_a_guard_fails(text: str) -> None:
    assert one(GUARD, {"site.yml": text}).outcome is FAIL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (play(CHANGE, f"  vars_files:\n    - vars/{{{{ target_env }}}}.yml\n  pre_tasks:\n{ASSERT}"), "too late"),
        (play(CHANGE + ASSERT), "too late"),
        (play(head=f"  roles: [web]\n  tasks:\n{ASSERT}"), "too late"),
        (play(CHANGE, f"  pre_tasks:\n{ASSERT}".replace("target_env", "environment")), "reserve"),
        (
            play(CHANGE, "  pre_tasks:\n    - include_vars: '{{ target_env }}.yml'\n" + ASSERT),
            "too late",
        ),
    ],
)
def test_a_late_guard_or_a_reserved_name_is_partial(text: str, told: str) -> None:
    found = one(GUARD, {"site.yml": text})
    assert found.outcome is PARTIAL
    assert told in found.message


def test_the_guard_may_sit_in_a_playbook_that_is_imported_first() -> None:
    files = {
        "site.yml": "- import_playbook: check.yml\n- import_playbook: web.yml\n",
        "check.yml": play(ASSERT, hosts="localhost"),
        "web.yml": play(CHANGE),
    }
    assert {found.unit: found.outcome for found in judge(GUARD, files)} == {"check.yml Web": NOT, "web.yml Web": PASS}


def test_hosts_of_the_inventory_of_one_environment_are_fixed() -> None:
    files = {
        "a.yml": play(CHANGE, hosts="shop"),
        "b.yml": play(CHANGE, hosts="web"),
        "c.yml": play(CHANGE, hosts="cache"),
        "inventories/prod/hosts": "[shop]\na\n[web:children]\nshop\n",
        "inventories/staging/hosts.yml": "all:\n  children:\n    web:\n      hosts: {b: }\n    cache: {}\n",
        "inventories/prod/group_vars/x.yml": "cache:\n  hosts: a\n",
    }
    assert [found.outcome for found in judge(GUARD, files)] == [PASS, FAIL, PASS]


def test_it_follows_files_and_roles_that_run_first() -> None:
    files = {
        "a.yml": play(CHANGE, "  pre_tasks:\n    - include_tasks: guard.yml\n"),
        "guard.yml": "- assert: {that: \"env in ['dev', 'prod']\"}\n",
        "b.yml": play(head="  roles: [guard, web]\n"),
        "roles/guard/tasks/main.yml": "- assert: {that: \"env in ['dev', 'prod']\"}\n",
    }
    assert [found.outcome for found in judge(GUARD, files)] == [PASS, PASS]


def test_it_does_not_ask_plays_that_change_no_host() -> None:
    files = {
        "local.yml": play(CHANGE, hosts="localhost"),
        "look.yml": play(task("debug", "msg: x")),
        "molecule/default/converge.yml": play(CHANGE),
    }
    assert [found.outcome for found in judge(GUARD, files)] == [NOT, NOT, NOT]


# ---------------------------------------------------------------- DOP-1.2-03

SECRETS = "ansible-secrets-protected"


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("group_vars/all.yml", "db_password: Tr0ub4dor-3\n", FAIL),
        ("group_vars/all.yml", "mysql_root_password: root\n", FAIL),
        ("group_vars/all.yml", "db:\n  api_key: a8f5f167f44f4964e6c998dee827110c\n", FAIL),
        ("group_vars/all/vault.yml", "anything: at all\n", FAIL),
        ("vars/secrets.yml", "db_pass: \"{{ lookup('env', 'DB') }}\"\n", PASS),
        ("vars/secrets.yml", "$ANSIBLE_VAULT;1.1;AES256\n3231\n", PASS),
        ("vars/secrets.yml", "a: ENC[x]\nsops:\n  mac: ENC[y]\n", PASS),
        ("group_vars/all.yml", "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  31\n", PASS),
        ("group_vars/all.yml", 'db_password: "{{ vault_db_password }}"\n', PASS),
        ("roles/a/defaults/main.yml", "db_password: ''\nport: 80\nvalidate_password: true\n", PASS),
        ("group_vars/all.yml", "locked_password: '*'\n", PASS),
    ],
)
def test_variables_hold_no_plain_secret(path: str, text: str, wanted: Outcome) -> None:
    found = [finding for finding in judge(SECRETS, {"site.yml": PLAY, path: text}) if finding.unit == path]
    assert [finding.outcome for finding in found] == [wanted]
    assert "Tr0ub4dor" not in repr(found)


def test_variables_of_a_play_and_files_that_it_names_count() -> None:
    text = play(CHANGE, "  vars_files: [conf/db.yml]\n  vars:\n    api_token: Zx81-spectrum\n")
    found = judge(SECRETS, {"site.yml": text, "conf/db.yml": "db_password: Tr0ub4dor-3\n"})
    assert {finding.unit: finding.outcome for finding in found} == {
        "conf/db.yml": FAIL, "variables of site.yml Web": FAIL,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (task("mysql_user", "name: a", 'password: "{{ db_password }}"'), PARTIAL),
        (task("mysql_user", "name: a", 'password: "{{ db_password }}"', more="      no_log: true\n"), PASS),
        (task("mysql_user", "name: a", "password: Tr0ub4dor-3"), FAIL),
        (task("uri", 'url: "{{ slack_webhook_url }}"', "method: POST"), PARTIAL),
        (task("uri", "url: https://a", "headers:", '  Authorization: "Bearer {{ api_token }}"'), PARTIAL),
        (task("uri", "url: https://a", "validate_certs: no"), FAIL),
        ("    - name: Run\n      command: login {{ db_password }}\n", PARTIAL),
        ("    - name: Run\n      command: login --password=Tr0ub4dor-3\n", FAIL),
        ("    - name: Run\n      no_log: '{{ quiet }}'\n      command: login {{ db_password }}\n", PASS),
        (task("user", "name: a", "update_password: on_create"), PASS),
        (task("copy", "src: a", "dest: b"), PASS),
        (
            "    - no_log: true\n      block:\n        - name: Run\n          shell: login {{ db_password }}\n",
            PASS,
        ),
    ],
)
def test_tasks_that_handle_a_secret_are_silent(text: str, wanted: Outcome) -> None:
    found = judge(SECRETS, {"site.yml": play(text)})
    assert verdict(found) is wanted
    assert "Tr0ub4dor" not in repr(found)


def test_it_asks_for_no_secrets_without_a_playbook() -> None:
    assert judge(SECRETS, {"group_vars/all.yml": "db_password: Tr0ub4dor-3\n"}) == []


# ---------------------------------------------------------------- DOP-1.2-04

RECORDED = "ansible-deployment-verified-and-recorded"
WHOLE = (
    "- name: Deploy the shop\n  hosts: web\n  roles:\n    - role: shop\n      tags: [deploy]\n  post_tasks:\n"
    "    - name: Wait for the shop\n      wait_for: {port: 80}\n"
    "    - name: Tell the team\n      slack: {token: '{{ t }}', msg: done}\n"
    "    - name: Write it down\n      lineinfile:\n        path: /var/log/deployments\n        create: true\n"
    '        line: "{{ ansible_date_time.iso8601 }} {{ ansible_user }} {{ app_version }}"\n'
)
SHOP = {"roles/shop/tasks/main.yml": "- name: Copy\n  copy: {src: a, dest: b}\n"}


def test_a_whole_deployment_passes_and_notes_a_missing_mode() -> None:
    found = one(RECORDED, {"shop.yml": WHOLE, **SHOP})
    assert found.outcome is PASS
    assert any("without a mode" in note for note in found.notes)


@pytest.mark.parametrize(
    ("gone", "wanted"),
    [(("slack",), PARTIAL), (("slack", "wait_for"), PARTIAL), (("slack", "wait_for", "lineinfile"), FAIL)],
)
def test_each_mark_counts(gone: tuple[str, ...], wanted: Outcome) -> None:
    text = WHOLE
    for module in gone:
        text = text.replace(f"      {module}:", "      debug:").replace("Wait for the shop", "Look")
    assert one(RECORDED, {"shop.yml": text.replace("Tell the team", "Speak"), **SHOP}).outcome is wanted


def test_what_a_role_of_elsewhere_does_is_unknown() -> None:
    assert one(RECORDED, {"deploy.yml": play(head="  roles: [acme.shop]\n")}).outcome is UNKNOWN


def test_a_look_before_the_change_verifies_nothing() -> None:
    text = "- name: Deploy\n  hosts: web\n  tasks:\n    - name: Look\n      uri: {url: 'https://a'}\n" + CHANGE
    assert "verification" in one(RECORDED, {"x.yml": text}).message


def test_it_asks_deployments_only() -> None:
    assert judge(RECORDED, {"site.yml": play(CHANGE), "molecule/default/deploy.yml": play(CHANGE)}) == []


# ---------------------------------------------------------------- DOP-1.2-05

SKELETON = "ansible-role-skeleton-complete"
ROLE = {
    "roles/web/tasks/main.yml": "- template: {src: a.j2, dest: /a, mode: '0644'}\n  notify: restart web\n",
    "roles/web/handlers/main.yml": "- name: restart web\n  service: {name: web, state: restarted}\n",
    "roles/web/templates/a.j2": "x",
    "roles/web/defaults/main.yml": "a: 1\n",
    "roles/web/meta/main.yml": "dependencies: []\n",
    "roles/web/meta/argument_specs.yml": "argument_specs: {}\n",
}


def test_a_whole_role_passes() -> None:
    assert one(SKELETON, ROLE).outcome is PASS


def test_an_assert_validates_inputs_as_well() -> None:
    files = {path: text for path, text in ROLE.items() if "argument_specs" not in path}
    assert one(SKELETON, files).outcome is PARTIAL
    files["roles/web/tasks/validate.yml"] = "- name: Look\n  assert: {that: a is defined}\n"
    assert one(SKELETON, files).outcome is PASS


def test_a_name_with_a_hyphen_is_partial() -> None:
    assert one(SKELETON, {path.replace("/web/", "/my-web/"): text for path, text in ROLE.items()}).outcome is PARTIAL


@pytest.mark.parametrize("gone", ["defaults/main.yml", "meta/main.yml", "handlers/main.yml", "templates/a.j2"])
def test_a_part_that_is_missing_fails(gone: str) -> None:
    found = one(SKELETON, {path: text for path, text in ROLE.items() if not path.endswith(gone)})
    assert found.outcome is FAIL


def test_an_include_that_is_not_there_fails_where_it_stands() -> None:
    files = {**ROLE, "roles/web/tasks/main.yml": "- name: A\n  debug: {msg: a}\n- include_tasks: gone.yml\n"}
    found = one(SKELETON, files)
    assert found.outcome is FAIL
    assert found.places[0].line == 3


def test_names_that_only_running_tells_are_not_asked_for() -> None:
    tasks = (
        "- include_tasks: '{{ os }}.yml'\n- template: {src: '{{ item }}', dest: /a, mode: '0644'}\n"
        "  notify: '{{ what }}'\n- debug: {msg: x}\n  notify: restart blue\n"
    )
    handlers = "- name: restart {{ colour }}\n  debug: {msg: x}\n"
    files = {**ROLE, "roles/web/tasks/main.yml": tasks, "roles/web/handlers/main.yml": handlers}
    assert one(SKELETON, files).outcome is PASS


def test_handlers_come_from_dependencies_and_from_plays() -> None:
    bare = {path: text for path, text in ROLE.items() if "handlers" not in path}
    with_play = {
        **bare,
        "site.yml": "- hosts: web\n  roles: [web]\n  handlers:\n    - name: restart web\n      ping:\n",
    }
    assert one(SKELETON, with_play).outcome is PASS
    foreign = {**bare, "roles/web/meta/main.yml": "dependencies: [acme.base]\n"}
    assert one(SKELETON, foreign).outcome is UNKNOWN


def test_a_repository_may_be_a_role() -> None:
    files = {path.removeprefix("roles/web/"): text for path, text in ROLE.items()}
    files["meta/main.yml"] = "galaxy_info: {role_name: web}\n"
    found = one(SKELETON, files)
    assert (found.outcome, found.unit) == (PASS, "role web")


# ---------------------------------------------------------------- DOP-1.2-06

MODES = "ansible-file-modes-explicit"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (task("copy", "src: a", "dest: b", "mode: '0644'"), PASS),
        (task("ansible.builtin.copy", "src: a", "dest: b", "mode: preserve"), PASS),
        (task("copy", "src: a", "dest: b", "mode: u=rw,g=r,o=r"), PASS),
        (task("copy", "src: a", "dest: b", "mode: \"{{ m | default('0644') }}\""), PASS),
        ("    - name: Old way\n      copy: src=a dest=b mode=0644\n", PASS),
        (task("copy", "src: a", "dest: b", 'mode: "{{ m }}"'), UNKNOWN),
        (task("copy", "src: a", "dest: b", 'mode: "{{ m | default(omit) }}"'), UNKNOWN),
        (task("copy", "src: a", "dest: b", 'mode: "{{ m }}"', more="      vars: {m: '0666'}\n"), FAIL),
        (task("copy", "src: a", "dest: b"), FAIL),
        (task("copy", "src: a", "dest: b", "mode: 0644"), FAIL),
        (task("copy", "src: a", "dest: b", "mode: 644"), FAIL),
        (task("copy", "src: a", "dest: b", "mode: '0666'"), FAIL),
        (task("copy", "src: a", "dest: b", "mode: a+w"), FAIL),
        (task("copy", "src: a", "dest: b", "mode: \"{{ m | default('0777') }}\""), FAIL),
        (task("file", "path: a", "state: directory"), FAIL),
        (task("file", "path: a", "state: absent"), NOT),
        (task("file", "path: a", "state: link", "src: b"), NOT),
        (task("file", "path: a", 'state: "{{ s }}"'), UNKNOWN),
        (task("lineinfile", "path: a", "line: b"), NOT),
        (task("lineinfile", "path: a", "line: b", "create: yes"), FAIL),
        (task("unarchive", "src: a", "dest: b"), FAIL),
        (task("get_url", "url: https://a", "dest: b"), FAIL),
    ],
)
def test_what_makes_a_file_gives_it_a_mode(text: str, wanted: Outcome) -> None:
    assert one(MODES, {"site.yml": play(text)}).outcome is wanted


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        ("[{a: 1, mode: '0600'}, {a: 2}]", FAIL),
        ("[{a: 1, mode: '0600'}, {a: 2, mode: '0644'}]", PASS),
        ("[{a: 1, mode: '0666'}]", FAIL),
        ("'{{ files }}'", UNKNOWN),
    ],
)
def test_a_loop_may_carry_the_mode(items: str, wanted: Outcome) -> None:
    text = task("template", "src: a", "dest: b", 'mode: "{{ item.mode }}"', more=f"      loop: {items}\n")
    assert one(MODES, {"site.yml": play(text)}).outcome is wanted


@pytest.mark.parametrize(
    ("head", "lines", "wanted"),
    [
        ("  become: true\n", (), PARTIAL),
        ("  become: true\n", ("owner: root",), PARTIAL),
        ("  become: true\n", ("owner: root", "group: root"), PASS),
        ("  become: true\n  become_user: app\n", (), PASS),
        ("  become: false\n", (), PASS),
    ],
)
def test_root_says_whose_its_files_are(head: str, lines: tuple[str, ...], wanted: Outcome) -> None:
    text = task("copy", "src: a", "dest: b", "mode: '0644'", *lines)
    assert one(MODES, {"site.yml": play(text, head)}).outcome is wanted


def test_the_mode_may_come_from_the_defaults_of_the_role() -> None:
    files = {
        "roles/a/tasks/main.yml": "- name: A\n  copy: {src: a, dest: b, mode: '{{ a_mode }}'}\n",
        "roles/a/defaults/main.yml": "a_mode: 0644\n",
    }
    found = one(MODES, files)
    assert found.outcome is FAIL
    assert found.places[0].path == "roles/a/defaults/main.yml"


def test_other_modules_make_no_files() -> None:
    assert judge(MODES, {"site.yml": play(task("service", "name: a"))}) == []


# ---------------------------------------------------------------- DOP-1.2-07

FETCHED = "ansible-downloads-verified"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (task("get_url", "url: https://a/b", "dest: c", "checksum: sha256:00"), PASS),
        (task("get_url", "url: https://a/b", "dest: c"), PARTIAL),
        (task("get_url", "url: '{{ u }}'", "dest: c", "checksum: '{{ s }}'"), PASS),
        (task("get_url", "url: http://a/b", "dest: c", "checksum: sha256:00"), FAIL),
        (task("get_url", "url: http://localhost/b", "dest: c", "checksum: sha256:00"), PASS),
        (task("get_url", "url: https://a/b", "dest: c", "validate_certs: false"), FAIL),
        (task("unarchive", "src: https://a/b.tgz", "dest: c", "remote_src: yes"), PARTIAL),
        (task("unarchive", "src: '{{ artifact_url }}'", "dest: c", "remote_src: yes"), PARTIAL),
        (task("uri", "url: https://a", "dest: b"), PARTIAL),
        (task("yum", "name: http://a/b.rpm"), FAIL),
        (task("apt", "name: nginx", "state: latest"), PARTIAL),
        (task("yum", "name: x", "disable_gpg_check: yes"), FAIL),
        (task("apt", "deb: https://a/b.deb", "allow_unauthenticated: true"), FAIL),
        (task("git", "repo: https://a/b", "dest: c", "version: v1.2"), PASS),
        (task("git", "repo: https://a/b", "dest: c"), PARTIAL),
        (task("git", "repo: 'git://a/b'", "dest: c", "version: v1"), FAIL),
        (task("service", "name: a", "state: restarted"), PARTIAL),
        ("    - name: Run\n      command: systemctl restart web\n", PARTIAL),
        ("    - name: Run\n      shell: curl https://a/install | sh\n", PARTIAL),
        ("    - name: Run\n      shell: curl -k https://a/install -o x\n", FAIL),
        ("    - name: Run\n      shell: wget http://a/install\n", FAIL),
    ],
)
def test_downloads_are_verified_and_restarts_are_handlers(text: str, wanted: Outcome) -> None:
    assert one(FETCHED, {"site.yml": play(text)}).outcome is wanted


@pytest.mark.parametrize(
    "text",
    [
        task("unarchive", "src: files/a.tgz", "dest: b"),
        task("unarchive", "src: /tmp/a.tgz", "dest: b", "remote_src: yes"),
        task("uri", "url: https://a"),
        task("yum", "name: nginx", "state: present"),
        task("service", "name: a", "state: started"),
        "    - name: Run\n      shell: curl http://localhost/health\n",
    ],
)
def test_it_does_not_ask_what_fetches_nothing(text: str) -> None:
    assert judge(FETCHED, {"site.yml": play(text)}) == []


def test_a_handler_may_restart() -> None:
    text = PLAY + "  handlers:\n    - name: restart\n      service: {name: a, state: restarted}\n"
    assert one(FETCHED, {"site.yml": text}).outcome is PASS


# ---------------------------------------------------------------- DOP-1.3-04

COVERED = "ansible-roles-have-molecule"
SCENARIO = "platforms:\n  - name: a\n    image: ubuntu:24.04\n"
CONVERGE = "- name: Converge\n  hosts: all\n  roles: [web]\n"


def scenario(files: Mapping[str, str], text: str = SCENARIO, folder: str = "molecule/default") -> dict[str, str]:
    return {f"{folder}/molecule.yml": text, **{f"{folder}/{name}": body for name, body in files.items()}}


def test_a_verified_scenario_covers_the_role_that_it_converges() -> None:
    assert one(COVERED, {**ROLE, **scenario({"converge.yml": CONVERGE, "verify.yml": PLAY})}).outcome is PASS


def test_testinfra_verifies_as_well() -> None:
    files = scenario({"converge.yml": CONVERGE, "tests/test_default.py": "def test_x(host): ..."})
    assert one(COVERED, {**ROLE, **files}).outcome is PASS


def test_a_scenario_without_verification_is_partial() -> None:
    assert one(COVERED, {**ROLE, **scenario({"converge.yml": CONVERGE})}).outcome is PARTIAL


@pytest.mark.parametrize(
    "files",
    [
        {},
        scenario({"verify.yml": PLAY}),
        scenario({"converge.yml": CONVERGE.replace("web", "other"), "verify.yml": PLAY}),
        scenario({"converge.yml": CONVERGE, "verify.yml": PLAY}, "driver: {name: docker}\n"),
    ],
)
def test_a_role_that_no_scenario_converges_fails(files: dict[str, str]) -> None:
    assert one(COVERED, {**ROLE, **files}).outcome is FAIL


def test_half_of_the_roles_is_partial() -> None:
    other = {"roles/db/tasks/main.yml": "- name: A\n  ping:\n"}
    files = {**ROLE, **other, **scenario({"converge.yml": CONVERGE, "verify.yml": PLAY})}
    assert one(COVERED, files).outcome is PARTIAL


def test_the_converge_playbook_may_be_named_import_and_include() -> None:
    text = SCENARIO + "provisioner:\n  playbooks:\n    converge: ${PLAYBOOK:-../resources/go.yml}\n"
    files = {
        **scenario({"verify.yml": PLAY}, text),
        "molecule/resources/go.yml": "- import_playbook: ../../site.yml\n",
        "site.yml": "- hosts: all\n  tasks:\n    - include_role: {name: web}\n",
    }
    assert one(COVERED, {**ROLE, **files}).outcome is PASS


def test_the_role_around_a_scenario_may_be_named_by_its_folder() -> None:
    converge = "- hosts: all\n  roles:\n    - \"{{ lookup('env', 'MOLECULE_PROJECT_DIRECTORY') | basename }}\"\n"
    files = scenario({"converge.yml": converge, "verify.yml": PLAY}, folder="roles/web/molecule/default")
    assert one(COVERED, {**ROLE, **files}).outcome is PASS


def test_no_role_needs_no_scenario() -> None:
    assert judge(COVERED, {"site.yml": PLAY}) == []


# ---------------------------------------------------------------- DOP-1.3-05

IMAGES = "molecule-images-pinned"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("platforms:\n  - image: ubuntu:24.04\n", PASS),
        ("platforms:\n  - image: 'acme/${DISTRO:-debian12}-ansible:1.2'\n", PASS),
        ("platforms:\n  - name: box\n    box: generic/ubuntu2404\n", PASS),
        ("platforms:\n  - image: 'acme/${DISTRO}-ansible:1.2'\n", UNKNOWN),
        ("platforms:\n  - image: 'acme/${DISTRO}-ansible:latest'\n", FAIL),
        ("platforms:\n  - image: ubuntu\n", FAIL),
        ("platforms:\n  - image: ubuntu:latest\n", FAIL),
        ("platforms:\n  - image: ''\n", FAIL),
        ("platforms:\n  - image: ubuntu:18.04\n", FAIL),
        ("platforms:\n  - image: 'acme/docker-${DISTRO:-centos7}-ansible:1.2'\n", FAIL),
        ("platforms:\n  - image: debian:buster-slim\n", FAIL),
        ("platforms:\n  - image: ubuntu:24.04\n    privileged: true\n", FAIL),
        ("platforms:\n  - image: ubuntu:24.04\n    command: /lib/systemd/systemd\n    privileged: true\n", PARTIAL),
        ("platforms:\n  - image: ubuntu:24.04\n    privileged: true  # nested containers\n", PARTIAL),
        ("platforms:\n  - image: ubuntu:24.04\nlint: yamllint .\n", PARTIAL),
    ],
)
def test_images_are_pinned_supported_and_unprivileged(text: str, wanted: Outcome) -> None:
    assert one(IMAGES, {"molecule/default/molecule.yml": text}).outcome is wanted


def test_it_asks_scenarios_only() -> None:
    assert judge(IMAGES, {"site.yml": PLAY}) == []
