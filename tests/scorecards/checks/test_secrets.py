"""Secrets in files. Definition: DOP-2.3-01. Tokens are put together here, so that no file of ours holds one."""

import base64
import random
import string
from collections.abc import Mapping
from typing import Any

import pytest

from ingest.repository.memory import tree_of
from scorecards.checks.finding import Finding, Outcome
from scorecards.reading.secrets import secrets_in
from tests.scorecards.checks.judging import judge, verdict

CHECK = "repository-free-of-secrets"
FAIL, PARTIAL, PASS = Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS
CHANCE = random.Random(7)
ALPHABET = string.ascii_letters + string.digits
STRONG = "Tr0ub4dor" + "-and-3"


def chars(count: int, alphabet: str = ALPHABET) -> str:
    return "".join(CHANCE.choice(alphabet) for _ in range(count))


def private_key(kind: str = "RSA ", head: str = "") -> str:
    body = "\n".join(chars(64) for _ in range(6))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{head}{body}\n-----END {kind}PRIVATE KEY-----\n"


def found(path: str, text: str) -> list[Finding]:
    return judge(CHECK, {path: text}, name="acme/shop")


TOKENS = {
    "AWS access key id": "AK" + "IA" + chars(16, string.ascii_uppercase),
    "GitHub token": "gh" + "p_" + chars(36),
    "GitLab token": "gl" + "pat-" + chars(20),
    "Slack token": "xo" + "xb-" + chars(12, string.digits) + "-" + chars(24),
    "Slack webhook": "https://hooks.slack" + ".com/services/T" + chars(9, string.ascii_uppercase) + "/B"
    + chars(9, string.ascii_uppercase) + "/" + chars(24),
    "Stripe key": "sk" + "_live_" + chars(24),
    "Google API key": "AI" + "za" + chars(35),
    "SendGrid key": "S" + "G." + chars(22) + "." + chars(43),
    "npm token": "npm" + "_" + chars(36),
    "Docker Hub token": "dckr" + "_pat_" + chars(27),
    "DigitalOcean token": "do" + "p_v1_" + chars(64, "0123456789abcdef"),
    "Vault token": "hv" + "s." + chars(30),
    "Azure storage key": "Account" + "Key=" + chars(86) + "==",
    "age secret key": "AGE-SECRET" + "-KEY-1" + chars(58, string.ascii_uppercase + string.digits),
}  # fmt: skip


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("path", ["src/app.go", "notes", "deploy.yaml"])
def test_a_token_of_a_provider_fails_wherever_it_stands(kind: str, path: str) -> None:
    token = TOKENS[kind]
    findings = found(path, f"# a\n# {token}\n")
    assert verdict(findings) is FAIL
    assert kind in findings[0].message
    assert findings[0].places[0].line == 2
    assert token[8:] not in repr(findings)


@pytest.mark.parametrize(
    "token",
    [
        "AK" + "IAIOSFODNN7EXAMPLE",
        "gh" + "p_" + "x" * 36,
        "gh" + "p_" + "1234567890abcdefghij1234567890abcdef",
        "prefix" + "gh" + "p_" + chars(36),
    ],
)
def test_what_only_shows_the_form_of_a_token_passes(token: str) -> None:
    assert verdict(found("src/app.go", f"key = {token}\n")) is PASS


@pytest.mark.parametrize("path", ["key.pem", "src/app.py", "config.yaml"])
def test_a_private_key_fails(path: str) -> None:
    text = private_key()
    if path.endswith(".yaml"):
        text = "key: |\n" + "".join(f"  {line}\n" for line in text.splitlines())
    assert verdict(found(path, text)) is FAIL


def test_a_sealed_private_key_is_partial() -> None:
    head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
    assert verdict(found("key.pem", private_key(head=head))) is PARTIAL
    assert verdict(found("key.pem", private_key("ENCRYPTED "))) is PARTIAL


def test_a_header_alone_is_no_key() -> None:
    text = 'if strings.Contains(text, "-----BEGIN RSA PRIVATE KEY-----") {\n  return "-----END"\n}\n'
    assert verdict(found("src/app.go", text)) is PASS


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", f"db:\n  password: {STRONG}\n"),
        ("a.json", f'{{"apiKey": "{STRONG}"}}'),
        ("a.tf", f'resource "x" "y" {{\n  password = "{STRONG}"\n}}\n'),
        ("a.tf", f'variable "db_password" {{\n  default = "{STRONG}"\n}}\n'),
        ("a.tf", f'locals {{\n  db = {{ password = "{STRONG}" }}\n}}\n'),
        (".env", f"DB_PASSWORD={STRONG}\n"),
        ("a.properties", f"spring.datasource.password={STRONG}\n"),
        ("a.ini", f"[db]\npassword = {STRONG} # old\n"),
        ("a.toml", f'[db]\npassword = "{STRONG}"\n'),
        ("run.sh", f"#!/bin/sh\nexport API_TOKEN='{STRONG}'\n"),
        ("run.sh", f"#!/bin/sh\ncurl -d user=a -d password={STRONG} https://a\n"),
        ("Dockerfile", f"FROM a\nENV DB_PASSWORD={STRONG}\n"),
        ("Dockerfile", f"FROM a\nARG DB_PASSWORD={STRONG}\n"),
        ("a.yaml", f"env:\n  - name: DB_PASSWORD\n    value: {STRONG}\n"),
        ("a.yaml", f"args:\n  - --password={STRONG}\n"),
        ("docker-compose.yml", f"services:\n  a:\n    environment:\n      - DB_PASSWORD={STRONG}\n"),
        ("a.yaml", f"kind: ConfigMap\napiVersion: v1\ndata:\n  a.properties: |\n    x=1\n    db.password={STRONG}\n"),
        ("charts/a/templates/a.yaml", f"a: {{{{ .Values.a }}}}\npassword: {STRONG}\n"),
        ("a.yaml", f"broken: [\npassword: {STRONG}\n"),
        ("a.yaml", f'data:\n  a.json: \'{{"token": "{STRONG}"}}\'\n'),
        ("a.yaml", f"url: postgres://app:{STRONG}@db.acme.io/x\n"),
    ],
)
def test_a_literal_under_a_secret_like_key_fails_where_it_stands(path: str, text: str) -> None:
    findings = found(path, text)
    assert verdict(findings) is FAIL
    at = next(number for number, line in enumerate(text.split("\n"), 1) if STRONG in line)
    assert abs(findings[0].places[0].line - at) <= 1
    assert STRONG[2:] not in repr(findings)


@pytest.mark.parametrize(
    "value",
    [
        "", "changeme", "<password>", "${DB_PASSWORD}", "{{ password }}", "xxxxxxxx", "your-password-here",
        "vault:secret/data/db#password", "/run/secrets/db", "https://example.org/token", "ENC[AES256,data:x]",
        "db-password", "DB_PASSWORD", "my app password", "arn:aws:secretsmanager:eu:1:x", "true", "config.db.password",
    ],
)  # fmt: skip
def test_stand_ins_and_references_pass(value: str) -> None:
    assert verdict(found("a.yaml", f'password: "{value}"\n')) is PASS


@pytest.mark.parametrize(
    "text",
    [
        "existingSecret: my-app-secret-1\n", "secretName: tls-abc-12345\n", "secretRef:\n  name: abc-123-xyz\n",
        "permissions:\n  id-token: write\n", "automountServiceAccountToken: false\n",
        "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq\n",
        "kind: ExternalSecret\nspec:\n  data:\n    - secretKey: password\n      remoteRef: {key: prod-db-7f3}\n",
        "password: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[y]\n",
        "password: !vault abc123def456\n",
    ],
)  # fmt: skip
def test_names_of_secrets_and_ciphertext_pass(text: str) -> None:
    assert verdict(found("a.yaml", text)) is PASS


@pytest.mark.parametrize("value", ["root", "postgres", "Passwort", "$6$salt$" + "a1b2c3d4" * 4])
def test_short_words_and_hashes_await_a_look(value: str) -> None:
    assert verdict(found("a.yaml", f"password: {value}\n")) is PARTIAL


@pytest.mark.parametrize("value", ["pa$Sword-12", "12$abcD-pass", "x$$y-1234567"])
def test_a_dollar_in_a_password_is_no_variable(value: str) -> None:
    assert verdict(found("a.yaml", f"password: {value}\n")) is FAIL


@pytest.mark.parametrize("value", ["$DB_PASSWORD", "app-$DB_PASSWORD-1", "prefix${X}1234", "$myPassword"])
def test_a_variable_in_a_password_is_one(value: str) -> None:
    assert verdict(found("a.yaml", f"password: {value}\n")) is PASS


@pytest.mark.parametrize(
    "path", ["tests/a.yaml", "src/__tests__/a.yaml", "test-data/a.yaml", ".env.example", "charts/a/ci/x-values.yaml"]
)
def test_test_data_and_samples_pass_with_a_word(path: str) -> None:
    findings = found(path, f"PASSWORD: {STRONG}\n" if path.endswith("yaml") else f"PASSWORD={STRONG}\n")
    assert [one.outcome for one in findings] == [PASS]
    assert "test values" in findings[0].message


def test_the_password_of_a_service_in_ci_passes_and_so_do_urls_that_repeat_it() -> None:
    text = (
        "on: push\njobs:\n  a:\n    services:\n      db:\n        image: postgres:17\n        env:\n"
        f"          POSTGRES_PASSWORD: {STRONG}\n    steps:\n      - run: make\n        env:\n"
        f"          PGPASSWORD: {STRONG}\n          URL: postgres://u:{STRONG}@localhost/x\n"
    )
    assert verdict(found(".github/workflows/a.yml", text)) is PASS


def test_the_data_of_a_secret_is_decoded() -> None:
    def secret(name: str, value: str) -> str:
        encoded = base64.b64encode(value.encode()).decode()
        return f"apiVersion: v1\nkind: Secret\ndata:\n  {name}: {encoded}\n"

    assert verdict(found("a.yaml", secret("password", STRONG))) is FAIL
    assert verdict(found("a.yaml", secret("password", "changeme"))) is PASS
    assert verdict(found("a.yaml", secret("tls.key", private_key()))) is FAIL
    login = base64.b64encode(f"bob:{STRONG}".encode()).decode()
    docker = f'{{"auths": {{"ghcr.io": {{"auth": "{login}"}}}}}}'
    assert verdict(found("a.yaml", secret(".dockerconfigjson", docker))) is FAIL
    assert verdict(found("a.yaml", secret("app.properties", f"a=b\npassword={STRONG}\n"))) is FAIL
    assert verdict(found("config.json", docker)) is FAIL


def test_source_code_is_asked_for_tokens_only() -> None:
    assert verdict(found("src/app.py", f'password = "{STRONG}"\n')) is PASS


def test_files_that_are_stores_of_keys_await_a_look() -> None:
    assert verdict(judge(CHECK, {"app.p12": b"\0\1"})) is PARTIAL
    assert verdict(judge(CHECK, {"app.png": b"\0\1"})) is PASS


def test_it_tells_each_file_and_counts_the_rest() -> None:
    files = {"a.env": f"TOKEN={STRONG}", "b.txt": "x", "c.txt": "y", "vendor/d.env": f"TOKEN={STRONG}"}
    findings = judge(CHECK, files)
    assert [(one.unit, one.outcome, one.count) for one in findings] == [
        ("a.env", FAIL, 1), ("all other files", PASS, 2),
    ]  # fmt: skip


def test_a_finding_keeps_its_value_until_the_secret_changes() -> None:
    def value(text: str, name: str = "acme/shop") -> str:
        return judge(CHECK, {"a.env": text}, name=name)[0].value

    assert value(f"TOKEN={STRONG}") == value(f"# moved\nTOKEN={STRONG}")
    assert value(f"TOKEN={STRONG}") != value(f"TOKEN={STRONG}x")
    assert value(f"TOKEN={STRONG}") != value(f"TOKEN={STRONG}", name="acme/other")


def test_what_is_kept_of_a_file_is_plain_and_holds_no_secret() -> None:
    seen = secrets_in(tree_of({"a.env": f"TOKEN={STRONG}\nNAME=x"}), "a.env", "salt")
    assert [len(one) for one in seen] == [5]
    assert all(isinstance(part, int | str) for one in seen for part in one)
    assert STRONG not in repr(seen)


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": "password: " * 10_000},
        {"a.yaml": "password: &a [*a]\n"},
        {"a.json": '{"password":' * 300},
        {"a.env": "password=" * 50_000},
        {"a.env": "://" * 100_000},
        {"a.py": "://a:" + "b" * 200_000 + "@"},
        {"a.py": "ey" + "J" + "a" * 100_000 + "." + "ey" + "J" * 1000},
        {"a.py": "-----BEGIN RSA PRIVATE KEY-----" * 5_000},
        {"a.tf": 'x "' + "secret" * 1000},
        {"Dockerfile": "FROM a\nENV password\nENV =x\nARG\n"},
        {"a.yaml": b"\xff\xfepassword: \x00"},
    ],
)
def test_odd_files_are_no_trouble(files: Mapping[str, Any]) -> None:
    assert judge(CHECK, files)


def test_an_entry_of_a_secret_is_a_value_even_where_it_reads_like_a_name() -> None:
    held = base64.b64encode(b"ourfancypassword").decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata:\n  password: {held}\n"
    assert verdict(found("k8s/db.yaml", text)) is PARTIAL
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: shop-db-password\n"
    assert verdict(found("k8s/db.yaml", text)) is FAIL
    assert verdict(found("k8s/db.yaml", text.replace("kind: Secret", "kind: Shop"))) is PASS
