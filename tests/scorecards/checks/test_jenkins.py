"""Jenkinsfiles keep guard-rails, publish after tests, and bind credentials safely."""

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

GUARDED = """\
pipeline {
  agent any
  options {
    timeout(time: 1, unit: 'HOURS')
    buildDiscarder(logRotator(numToKeepStr: '30'))
    disableConcurrentBuilds()
  }
  stages {
    stage('Test') {
      steps { sh 'make test' }
      post { always { junit 'out/*.xml' } }
    }
    stage('Push') {
      steps { sh 'docker push r/app:1' }
    }
    stage('Deploy') {
      when { branch 'main' }
      steps { sh 'kubectl apply -f k8s' }
    }
  }
  post {
    cleanup { cleanWs() }
    failure { slackSend(message: 'x') }
  }
}
"""


def only(check: str, text: str) -> Finding:
    (found,) = judge(check, {"Jenkinsfile": text})
    return found


def outcome(check: str, text: str) -> Outcome:
    return only(check, text).outcome


class TestGuardRails:
    """DOP-2.1-08."""

    name = "jenkins-pipeline-has-guard-rails"

    def test_it_passes_with_all_guards(self) -> None:
        assert outcome(self.name, GUARDED) is Outcome.PASS

    def test_it_is_partial_without_one(self) -> None:
        found = only(self.name, GUARDED.replace("    disableConcurrentBuilds()\n", ""))
        assert found.outcome is Outcome.PARTIAL
        assert "disableConcurrentBuilds" in found.message

    def test_it_fails_without_a_timeout(self) -> None:
        assert outcome(self.name, GUARDED.replace("    timeout(time: 1, unit: 'HOURS')\n", "")) is Outcome.FAIL

    def test_it_takes_a_scripted_pipeline_for_partial_at_best(self) -> None:
        assert outcome(self.name, "node {\n timeout(5) { stage('a') { sh 'x' } }\n}\n") is Outcome.PARTIAL
        assert outcome(self.name, "node {\n stage('a') { sh 'x' }\n}\n") is Outcome.FAIL

    def test_it_does_not_believe_comments(self) -> None:
        text = GUARDED.replace("    timeout(time: 1, unit: 'HOURS')\n", "    // timeout(time: 1)\n")
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_does_not_ask_without_a_jenkinsfile(self) -> None:
        assert judge(self.name, {"README.md": "x"}) == []


class TestOrder:
    """DOP-2.1-09."""

    name = "jenkins-publishes-after-tests"

    def test_it_passes_when_tests_come_first(self) -> None:
        assert outcome(self.name, GUARDED) is Outcome.PASS

    def test_it_is_partial_when_the_quality_gate_is_not_awaited(self) -> None:
        text = GUARDED.replace("sh 'make test'", "sh 'make test'; withSonarQubeEnv('x') { sh 'mvn sonar:sonar' }")
        assert "waitForQualityGate" in only(self.name, text).message

    def test_it_is_partial_when_the_report_is_lost_on_failure(self) -> None:
        text = GUARDED.replace("{ sh 'make test' }", "{ sh 'make test'\n junit 'x' }")
        assert outcome(self.name, text) is Outcome.PARTIAL

    def test_it_fails_when_something_is_pushed_before_the_tests(self) -> None:
        early = "    stage('First') {\n      steps { sh 'docker push r/app:1' }\n    }\n    stage('Test') {"
        assert outcome(self.name, GUARDED.replace("    stage('Test') {", early)) is Outcome.FAIL

    def test_it_fails_when_every_branch_is_deployed(self) -> None:
        assert "branch" in only(self.name, GUARDED.replace("      when { branch 'main' }\n", "")).message

    def test_it_does_not_ask_where_nothing_is_published(self) -> None:
        text = "pipeline { agent any\n stages { stage('Test') { steps { sh 'pytest' } } } }\n"
        assert outcome(self.name, text) is Outcome.NOT_APPLICABLE


class TestCredentials:
    """DOP-2.1-10."""

    name = "jenkins-credentials-bound-safely"
    text = """\
@Library('shared@{version}') _
pipeline {{
  agent any
  environment {{ TOKEN = {value} }}
  stages {{ stage('a') {{ steps {{ {step} }} }} }}
}}
"""

    def judged(self, version: str = "1.4.2", value: str = "credentials('t')", step: str = "sh 'deploy'") -> Finding:
        return only(self.name, self.text.format(version=version, value=value, step=step))

    def test_it_passes_bindings_and_single_quotes(self) -> None:
        assert self.judged(step="sh 'curl -u $TOKEN x'").outcome is Outcome.PASS

    def test_it_is_partial_for_a_library_that_moves(self) -> None:
        assert self.judged(version="main").outcome is Outcome.PARTIAL
        assert self.judged(version="v2").outcome is Outcome.PARTIAL

    def test_it_fails_a_secret_in_a_double_quoted_script(self) -> None:
        found = self.judged(step='sh "curl -u ${TOKEN} x"')
        assert (found.outcome, found.places[0].line) == (Outcome.FAIL, 5)

    def test_it_fails_a_secret_that_is_written_out(self) -> None:
        found = self.judged(value="'9fk2jd83hs7d'")
        assert found.outcome is Outcome.FAIL
        assert "9fk2jd83hs7d" not in found.message

    def test_it_fails_credentials_where_an_address_belongs(self) -> None:
        assert "address" in self.judged(step="script { docker.withRegistry(TOKEN) { x() } }").message

    def test_it_does_not_ask_of_a_library_file(self) -> None:
        assert (
            verdict(judge(self.name, {"vars/deploy.groovy": "def call() { node { sh 'x' } }\n"}))
            is Outcome.NOT_APPLICABLE
        )
