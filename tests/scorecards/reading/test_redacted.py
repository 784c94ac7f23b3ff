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
        f"DB_PASSWORD => {SECRET}", f"password := {SECRET}",
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
    ],
)  # fmt: skip
def test_it_leaves_the_rest(line: str) -> None:
    assert redacted(line) == line


def test_it_looks_at_400_characters() -> None:
    assert len(redacted("x " * 1000)) <= 400


@pytest.mark.parametrize("line", ["=" * 400, "a:" * 200, '"' * 400, "password=" * 50, "--" * 200, "://a:" * 80])
def test_odd_lines_are_no_trouble(line: str) -> None:
    assert isinstance(redacted(line), str)
