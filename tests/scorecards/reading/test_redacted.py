"""Lines as they may be shown."""

import random
import string

import pytest

from scorecards.reading.secrets import redacted

CHANCE = random.Random(11)
SECRET = "Tr0ub4dor" + "-and-3"
LONG = "".join(CHANCE.choice(string.ascii_letters + string.digits) for _ in range(44)) + "aB3="


@pytest.mark.parametrize(
    "line",
    [
        f"password: {SECRET}", f'  "apiKey": "{SECRET}",', f"export DB_PASSWORD='{SECRET}'", f'password = "{SECRET}"',
        f"password: '{SECRET} and more'", f"mysql --password {SECRET} x", f"run --token={SECRET}", f"value: {SECRET}",
        f'default = "{SECRET}"', f"postgres://app:{SECRET}@db/x", f"Authorization: Bearer {SECRET}",
        f"curl -H 'Authorization: Bearer {SECRET}'", "gh" + "p_" + LONG[:36], LONG, f"data: {LONG}",
        f"DB_PASSWORD => {SECRET}", f"password := {SECRET}", f"data: {{password: {SECRET}}}",
        f"kubectl create secret generic x --from-literal=password={SECRET}", f'script: "deploy password={SECRET}"',
        f"passwords: {{password: [one, {SECRET}]}}", f'password: "a\\"{SECRET}"', f"ENV API_TOKEN {SECRET}",
        f"<password>{SECRET}</password>", f"mysql -uroot -p{SECRET} -e x", f"sshpass -p {SECRET} ssh a@b",
        f"docker login -u me -p {SECRET}", f"curl -u me:{SECRET} http://x", f"sh 'curl --user \"me:{SECRET}\" http://x'",
        f"redis://:{SECRET}@db/0", f"postgres://app:a@{SECRET}@db/x", f"password ?= {SECRET}",
        f"Authorization: Bearer eyJh.eyJz1.{SECRET}", f"-passin pass:{SECRET}",
    ],
)  # fmt: skip
def test_it_masks_secrets(line: str) -> None:
    shown = redacted(line)
    assert SECRET not in shown
    assert LONG[:36] not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    "line",
    [
        "image: acme/shop@sha256:" + "0123456789abcdef" * 4, "uses: actions/checkout@" + "a1b2c3d4e5" * 4,
        "password: ${{ secrets.DB }}", 'password: "{{ vault_password }}"', "secretName: shop-tls", "replicas: 3",
        "automountServiceAccountToken: false", "value: production", "if password == other:", "value: https://a.b/c1",
        "- path/to/Some-Long-File-Name/1/Other/Folder/And/More.yaml", "", "key: value",
        "docker run -p 8080:80 -u 1000:1000 --user root:root x", "mkdir -p deploy/apps", "ENV NODE_ENV production",
        'curl -u "$USER:$PASSWORD" http://x', "<name>shop</name>", "docker login -u me --password-stdin",
        "mysql -p$PASSWORD x", "tokens: {count: 3}",
    ],
)  # fmt: skip
def test_it_leaves_the_rest(line: str) -> None:
    assert redacted(line) == line


def test_it_looks_at_400_characters() -> None:
    assert len(redacted("x " * 1000)) <= 400


ODD = ["=" * 400, "a:" * 200, '"' * 400, "password=" * 50, "--" * 200, "://a:" * 80, "mysql " * 66, "curl -u " * 50,
       "a={" * 130, "password=[" * 40, "<a>" * 133, 'password: "' + "\\\\" * 195]  # fmt: skip


@pytest.mark.parametrize("line", ODD)
def test_odd_lines_are_no_trouble(line: str) -> None:
    assert isinstance(redacted(line), str)
