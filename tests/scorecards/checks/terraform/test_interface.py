"""Variables and outputs: described, validated, marked as secret."""

import pytest

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

DESCRIBED = "terraform-variables-typed-and-described"
VALIDATED = "terraform-inputs-validated"
SECRETS = "terraform-secrets-marked-sensitive"


def variable(name: str, body: str = 'type = string\n  description = "d"') -> str:
    return f'variable "{name}" {{\n  {body}\n}}\n'


def output(name: str, value: str = "1", rest: str = "") -> str:
    return f'output "{name}" {{\n  value = {value}\n  {rest}\n}}\n'


# ---------------------------------------------------------------- described


def test_it_passes_complete_blocks() -> None:
    files = {"a.tf": variable("a"), "b.tf": output("b", rest='description = "d"')}
    (finding,) = judge(DESCRIBED, files)
    assert (finding.outcome, finding.value, finding.unit) == (Outcome.PASS, "2/2", ".")


def test_it_calls_four_of_five_partial_and_fewer_a_failure() -> None:
    good = "".join(variable(f"v{number}") for number in range(4))
    (finding,) = judge(DESCRIBED, {"a.tf": good + variable("e", "type = string")})
    assert (finding.outcome, finding.places) == (Outcome.PARTIAL, (Place("a.tf", 17),))
    assert verdict(judge(DESCRIBED, {"a.tf": good + output("o") + output("p")})) == Outcome.FAIL


@pytest.mark.parametrize(
    "body", ['type = any\n  description = "d"', 'description = "d"', 'type = string\n  description = " "']
)
def test_it_counts_any_no_type_and_empty_descriptions_as_incomplete(body: str) -> None:
    assert verdict(judge(DESCRIBED, {"a.tf": variable("a", body)})) == Outcome.FAIL


def test_it_asks_nothing_of_a_directory_without_either() -> None:
    assert verdict(judge(DESCRIBED, {"a.tf": 'resource "a_b" "c" {}\n'})) == Outcome.NOT_APPLICABLE
    assert judge(DESCRIBED, {"examples/a/a.tf": variable("a", "")}) == []


# ---------------------------------------------------------------- validated

RULE = 'type = string\n  validation {\n    condition = length(var.x) > 1\n    error_message = "Too short."\n  }'


def module(text: str) -> dict[str, str]:
    return {"modules/m/variables.tf": text}


def test_it_passes_when_half_of_the_candidates_are_validated() -> None:
    assert verdict(judge(VALIDATED, module(variable("instance_class", RULE) + variable("region")))) == Outcome.PASS


def test_it_calls_fewer_than_half_partial_and_none_a_failure() -> None:
    some = variable("instance_class", RULE) + variable("region") + variable("port", "type = number")
    (finding,) = judge(VALIDATED, module(some))
    assert (finding.outcome, finding.value) == (Outcome.PARTIAL, "1/3")
    (finding,) = judge(VALIDATED, module(variable("region")))
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place("modules/m/variables.tf", 1),)


def test_it_takes_a_precondition_for_a_validation() -> None:
    guard = (
        'resource "a_b" "c" {\n  lifecycle {\n    precondition {\n      condition = var.region != ""\n    }\n  }\n}\n'
    )
    assert verdict(judge(VALIDATED, module(variable("region") + guard))) == Outcome.PASS


def test_it_does_not_take_a_rule_without_a_message() -> None:
    empty = RULE.replace("Too short.", "")
    assert verdict(judge(VALIDATED, module(variable("region", empty)))) == Outcome.FAIL


def test_it_reads_the_head_of_the_description() -> None:
    hinting = variable("flavour", 'type = string\n  description = "Instance class of the node"')
    assert verdict(judge(VALIDATED, module(hinting))) == Outcome.FAIL
    other = variable("flavour", 'type = string\n  description = "Whether it depends on the class"')
    assert verdict(judge(VALIDATED, module(other))) == Outcome.NOT_APPLICABLE


def test_it_takes_more_words_from_the_options() -> None:
    options = Options(constrained_names=("flavour",))
    assert verdict(judge(VALIDATED, module(variable("flavour")), options=options)) == Outcome.FAIL


def test_it_asks_nothing_of_modules_without_candidates_and_of_roots() -> None:
    text = variable("tags", "type = map(string)") + variable("enable_type", "type = bool") + variable("owner")
    assert verdict(judge(VALIDATED, module(text))) == Outcome.NOT_APPLICABLE
    assert judge(VALIDATED, {"main.tf": variable("region")}) == []


# ---------------------------------------------------------------- secrets


def test_it_passes_a_secret_variable_that_is_marked() -> None:
    for mark in ("sensitive = true", "ephemeral = true"):
        (finding,) = judge(SECRETS, {"a.tf": variable("db_password", f"type = string\n  {mark}")})
        assert (finding.outcome, finding.unit) == (Outcome.PASS, ". variable.db_password")


def test_it_fails_an_unmarked_secret_variable() -> None:
    assert verdict(judge(SECRETS, {"a.tf": variable("github_token")})) == Outcome.FAIL


def test_it_fails_a_secret_that_stands_as_default_and_never_shows_it() -> None:
    (finding,) = judge(SECRETS, {"a.tf": variable("api_key", 'sensitive = true\n  default = "hunter2hunter2"')})
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place("a.tf", 1), Place("a.tf", 3))
    assert "hunter2" not in finding.message + finding.value


def test_it_takes_empty_defaults_for_none() -> None:
    for default in ('""', "null"):
        files = {"a.tf": variable("api_key", f"sensitive = true\n  default = {default}")}
        assert verdict(judge(SECRETS, files)) == Outcome.PASS


def test_it_calls_an_unmarked_secret_output_partial() -> None:
    files = {"a.tf": output("connection_string", '"postgres://u@${aws_db_instance.main.endpoint}"')}
    assert verdict(judge(SECRETS, files)) == Outcome.PARTIAL
    marked = {"a.tf": output("connection_string", '"x"', "sensitive = true")}
    assert verdict(judge(SECRETS, marked)) == Outcome.PASS


@pytest.mark.parametrize(
    "value",
    ["aws_db_instance.main.password", "random_password.a.result", "module.db.master_password", "var.db_password",
     "data.aws_secretsmanager_secret_version.a.secret_string", "tls_private_key.a.private_key_pem"],
)  # fmt: skip
def test_it_knows_a_secret_output_by_what_it_reads(value: str) -> None:
    assert verdict(judge(SECRETS, {"a.tf": output("plain", value)})) == Outcome.PARTIAL


@pytest.mark.parametrize(
    "name",
    ["secret_arn", "token_ttl", "password_version", "secret_name", "ssh_public_key", "secret_id", "token_limits",
     "secrets_manager_prefix", "enable_token", "password_policy"],
)  # fmt: skip
def test_it_leaves_alone_what_only_names_a_secret(name: str) -> None:
    assert judge(SECRETS, {"a.tf": variable(name) + output(name, "aws_x.y.z")}) == []


def test_it_leaves_alone_outputs_that_read_an_address_of_a_secret() -> None:
    assert judge(SECRETS, {"a.tf": output("db_secret", "aws_secretsmanager_secret.password.arn")}) == []


def test_it_leaves_alone_switches_and_numbers() -> None:
    text = variable("rotate_on_token", "type = bool") + variable("max_password", "type = number")
    assert judge(SECRETS, {"a.tf": text}) == []
