"""Tokens are small, secrets are fetched by identity and stay unseen, strangers' code and text stay outside."""

from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

CI = ".github/workflows/ci.yml"


def outcome(check: str, workflow: str) -> Outcome:
    return verdict(judge(check, {CI: workflow}))


def only(check: str, workflow: str) -> Finding:
    (found,) = judge(check, {CI: workflow})
    return found


class TestToken:
    """DOP-2.1-05."""

    name = "workflow-token-has-least-privilege"
    job = "jobs:\n  a:\n    runs-on: u\n    steps:\n      - run: x\n"
    login = (
        "jobs:\n  a:\n    runs-on: u\n{}    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n"
        "        with: {}\n"
    )

    def test_it_passes_with_reading_alone_and_with_blocks_of_all_jobs(self) -> None:
        assert outcome(self.name, "on: push\npermissions: {contents: read}\n" + self.job) is Outcome.PASS
        own = self.job.replace("    runs-on: u\n", "    runs-on: u\n    permissions: {contents: write}\n")
        assert outcome(self.name, "on: push\n" + own) is Outcome.PASS

    def test_it_passes_a_role_with_an_identity(self) -> None:
        text = self.login.format("    permissions: {id-token: write}\n", "{role-to-assume: x}")
        assert outcome(self.name, "on: push\npermissions: {}\n" + text) is Outcome.PASS

    def test_it_is_partial_for_a_role_without_an_identity(self) -> None:
        text = "on: push\npermissions: {contents: read}\n" + self.login.format("", "{role-to-assume: x}")
        assert only(self.name, text).value == "no id-token"

    def test_it_is_partial_for_a_stored_key(self) -> None:
        given = "{aws-access-key-id: '${{ secrets.KEY }}'}"
        text = "on: push\npermissions: {contents: read}\n" + self.login.format("", given)
        assert only(self.name, text).outcome is Outcome.PARTIAL

    def test_it_is_partial_when_all_of_several_jobs_may_write(self) -> None:
        two = self.job + "  b:\n    runs-on: u\n    steps: [{run: x}]\n"
        assert outcome(self.name, "on: push\npermissions: {contents: write}\n" + two) is Outcome.PARTIAL

    def test_it_fails_without_a_block_and_with_everything(self) -> None:
        assert outcome(self.name, "on: push\n" + self.job) is Outcome.FAIL
        assert outcome(self.name, "on: push\npermissions: write-all\n" + self.job) is Outcome.FAIL

    def test_it_fails_a_stranger_s_code_with_a_privileged_token(self) -> None:
        text = (
            "on: pull_request_target\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: u\n    steps:\n"
            "      - uses: actions/checkout@v6\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n"
        )
        assert outcome(self.name, text) is Outcome.FAIL
        own = text.replace(
            "    runs-on: u\n",
            "    if: github.event.pull_request.head.repo.full_name == github.repository\n    runs-on: u\n",
        )
        assert outcome(self.name, own) is Outcome.PASS

    def test_it_does_not_ask_of_a_workflow_that_is_only_called(self) -> None:
        assert outcome(self.name, "on: workflow_call\n" + self.job) is Outcome.NOT_APPLICABLE

    def test_it_does_not_ask_of_other_systems(self) -> None:
        assert judge(self.name, {".gitlab-ci.yml": "a: {script: [x]}\n"}) == []


class TestSecrets:
    """DOP-2.3-02."""

    name = "pipeline-secrets-exposed-narrowly"
    step = "    runs-on: u\n    steps:\n      - run: ./x\n        env: {KEY: '${{ secrets.KEY }}'}\n"

    def test_it_passes_a_secret_of_a_step(self) -> None:
        assert outcome(self.name, "on: push\njobs:\n  a:\n" + self.step) is Outcome.PASS

    def test_it_is_partial_for_a_secret_of_the_workflow(self) -> None:
        text = "on: push\nenv:\n  KEY: ${{ secrets.KEY }}\njobs:\n  a: {runs-on: u, steps: [{run: x}]}\n"
        assert (only(self.name, text).outcome, only(self.name, text).places[0].line) == (Outcome.PARTIAL, 3)

    def test_it_is_partial_for_a_deployment_without_environment(self) -> None:
        text = "on: push\njobs:\n  a: {runs-on: u, steps: [{run: kubectl apply -f x}]}\n"
        assert outcome(self.name, text) is Outcome.PARTIAL
        assert outcome(self.name, text.replace("runs-on: u,", "runs-on: u, environment: prod,")) is Outcome.PASS

    def test_it_fails_a_secret_that_is_written_out(self) -> None:
        text = "on: push\nenv: {API_TOKEN: 8fh2kd93jf7s}\njobs:\n  a: {runs-on: u, steps: [{run: x}]}\n"
        found = only(self.name, text)
        assert found.outcome is Outcome.FAIL
        assert "8fh2kd93jf7s" not in found.message + found.value

    def test_it_leaves_the_password_of_a_service_alone(self) -> None:
        text = (
            "on: push\njobs:\n  a:\n    runs-on: u\n"
            "    services: {db: {image: 'p:1', env: {POSTGRES_PASSWORD: longpassw0rd}}}\n"
            "    steps:\n      - run: x\n        env: {PGPASSWORD: longpassw0rd, KEY: '${{ secrets.KEY }}'}\n"
        )
        assert outcome(self.name, text) is Outcome.PASS

    def test_it_fails_a_dump_of_all_secrets(self) -> None:
        text = (
            "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - run: x\n"
            "        env: {ALL: '${{ toJSON(secrets) }}'}\n"
        )
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_fails_what_hands_all_secrets_to_others(self) -> None:
        text = "on: push\njobs:\n  a:\n    uses: other/x/.github/workflows/y.yml@v1\n    secrets: inherit\n"
        assert verdict(judge(self.name, {CI: text}, name="acme/shop")) is Outcome.FAIL
        assert verdict(judge(self.name, {CI: text}, name="other/shop")) is Outcome.PASS
        assert outcome(self.name, text) is Outcome.UNKNOWN

    def test_it_does_not_ask_where_no_secret_is_used(self) -> None:
        text = "on: push\njobs:\n  a: {runs-on: u, steps: [{run: x}]}\n"
        assert outcome(self.name, text) is Outcome.NOT_APPLICABLE

    def test_it_judges_variables_of_gitlab(self) -> None:
        text = "variables: {DB_PASSWORD: hunter2hunter2}\na: {script: [x]}\n"
        assert verdict(judge(self.name, {".gitlab-ci.yml": text})) is Outcome.FAIL


class TestVaults:
    """DOP-2.3-03."""

    name = "pipeline-secrets-fetched-by-identity"
    text = (
        "on: push\njobs:\n  a:\n    runs-on: u\n    permissions: {{id-token: {grant}}}\n    steps:\n"
        "      - uses: hashicorp/vault-action@v3\n        with: {{{given}}}\n      - run: kubectl apply -f x\n"
    )

    def test_it_passes_an_identity(self) -> None:
        assert outcome(self.name, self.text.format(grant="write", given="method: jwt")) is Outcome.PASS

    def test_it_is_partial_for_a_stored_credential_and_a_missing_identity(self) -> None:
        assert outcome(self.name, self.text.format(grant="write", given="method: approle")) is Outcome.PARTIAL
        assert outcome(self.name, self.text.format(grant="write", given="url: x")) is Outcome.PARTIAL
        assert outcome(self.name, self.text.format(grant="none", given="method: jwt")) is Outcome.PARTIAL

    def test_it_fails_only_where_policy_asks_for_a_manager(self) -> None:
        text = (
            "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - run: helm upgrade a b\n"
            "        env: {K: '${{ secrets.K }}'}\n"
        )
        assert judge(self.name, {CI: text}) == []
        policy = Options(secret_manager_required=True)
        assert verdict(judge(self.name, {CI: text}, options=policy)) is Outcome.FAIL

    def test_it_does_not_ask_of_other_workflows(self) -> None:
        files = {
            CI: self.text.format(grant="write", given="method: jwt"),
            ".github/workflows/b.yml": "on: push\njobs:\n  a: {runs-on: u, steps: [{run: x}]}\n",
        }
        assert [found.outcome for found in judge(self.name, files)] == [Outcome.NOT_APPLICABLE, Outcome.PASS]


class TestExposure:
    """DOP-2.3-04."""

    name = "pipeline-never-prints-secrets"
    head = (
        "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - env: {KEY: '${{ secrets.KEY }}'}\n        run: |\n"
    )

    def judged(self, *lines: str) -> Outcome:
        return outcome(self.name, self.head + "".join(f"          {line}\n" for line in lines))

    def test_it_passes_input_files_and_environment(self) -> None:
        assert self.judged('echo "$KEY" | docker login -u x --password-stdin') is Outcome.PASS
        assert self.judged('printf %s "$KEY" > key.pem', 'test -n "$KEY"', "export OTHER=$KEY") is Outcome.PASS

    def test_it_is_partial_for_a_masked_argument(self) -> None:
        assert self.judged('echo "::add-mask::$KEY"', 'helm upgrade a b --set k="$KEY"') is Outcome.PARTIAL

    def test_it_fails_an_argument_with_its_line(self) -> None:
        found = only(self.name, self.head + '          date\n          curl -H "Authorization: $KEY" https://x\n')
        assert (found.outcome, found.places[0].line) == (Outcome.FAIL, 9)

    def test_it_fails_what_is_printed_even_when_masked(self) -> None:
        assert self.judged('echo "::add-mask::$KEY"', 'echo "$KEY"') is Outcome.FAIL

    def test_it_fails_an_expression_in_a_script(self) -> None:
        text = "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - run: deploy ${{ secrets.KEY }}\n"
        assert only(self.name, text).value == "expression KEY"

    def test_it_fails_tracing(self) -> None:
        assert self.judged("set -x", '[ -n "$KEY" ] && ./deploy') is Outcome.FAIL

    def test_it_looks_into_scripts_that_a_step_calls(self) -> None:
        files = {CI: self.head + "          ./ci/push.sh\n", "ci/push.sh": "#!/bin/sh\n\nmysql -p$KEY\n"}
        (found,) = judge(self.name, files)
        assert (found.outcome, found.places[0]) == (Outcome.FAIL, ("ci/push.sh", 3))

    def test_it_knows_what_a_vault_gives_to_later_steps(self) -> None:
        vault = "      - uses: hashicorp/vault-action@v3\n        with: {secrets: 'secret/app key | APP_KEY'}\n"
        use = "      - run: curl -u x:$APP_KEY https://x\n"
        head = "on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n"
        assert outcome(self.name, head + vault + use) is Outcome.FAIL
        assert judge(self.name, {CI: head + use + vault}) == []

    def test_it_knows_what_jenkins_binds(self) -> None:
        jenkins = (
            "pipeline { agent any\n stages { stage('a') { steps {\n"
            "  withCredentials([string(credentialsId: 'x', variable: 'TOKEN')]) {\n"
            "   sh 'curl -u x:$TOKEN https://x'\n  }\n } } } }\n"
        )
        assert verdict(judge(self.name, {"Jenkinsfile": jenkins})) is Outcome.FAIL

    def test_it_does_not_ask_of_steps_without_secrets(self) -> None:
        assert judge(self.name, {CI: "on: push\njobs:\n  a: {runs-on: u, steps: [{run: echo $HOME}]}\n"}) == []


class TestUntrusted:
    """DOP-2.3-05."""

    name = "workflow-guarded-against-untrusted-code"
    head = "on: pull_request\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: u\n    steps:\n"
    checkout = "      - uses: actions/checkout@v6\n"

    def test_it_passes_when_the_token_is_not_left_behind(self) -> None:
        text = self.head + self.checkout + "        with: {persist-credentials: false}\n      - run: npm test\n"
        assert outcome(self.name, text) is Outcome.PASS
        assert outcome(self.name, self.head + self.checkout) is Outcome.PASS

    def test_it_is_partial_when_the_token_is_left_for_others_code(self) -> None:
        assert outcome(self.name, self.head + self.checkout + "      - run: npm test\n") is Outcome.PARTIAL

    def test_it_fails_text_of_strangers_in_a_script(self) -> None:
        found = only(
            self.name, self.head + "      - run: |\n          date\n          echo ${{ github.event.issue.title }}\n"
        )
        assert (found.outcome, found.places[0].line) == (Outcome.FAIL, 9)
        script = (
            "      - uses: actions/github-script@v7\n        with:\n          script: |\n"
            "            x('${{ github.head_ref }}')\n"
        )
        assert only(self.name, self.head + script).places[0].line == 10

    def test_it_fails_a_checkout_of_strangers_code(self) -> None:
        text = self.head.replace("pull_request", "pull_request_target", 1) + self.checkout
        assert outcome(self.name, text) is Outcome.PASS
        assert outcome(self.name, text + "        with: {ref: '${{ github.head_ref }}'}\n") is Outcome.FAIL

    def test_it_does_not_ask_without_secrets_and_writing(self) -> None:
        text = self.head.replace("write", "read") + self.checkout + "      - run: npm test\n"
        assert judge(self.name, {CI: text}) == []
