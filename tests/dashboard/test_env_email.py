"""``EMAIL_URL``: where mail goes."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard.env import email_settings


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "tls", "ssl"),
    [
        ("smtp://mail.example", "mail.example", 25, "", "", False, False),
        ("smtp+tls://ada:s%2Fcr%40t@mail.example", "mail.example", 587, "ada", "s/cr@t", True, False),
        ("smtps://ada%40acme.org:x@mail.example:4650/", "mail.example", 4650, "ada@acme.org", "x", False, True),
        ("smtp://[::1]:2525", "::1", 2525, "", "", False, False),
    ],
)
def test_it_reads_a_mail_server(url, host, port, user, password, tls, ssl):
    assert email_settings(url) == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_TLS": tls,
        "EMAIL_USE_SSL": ssl,
        "EMAIL_TIMEOUT": 10,
    }


def test_it_reads_a_folder():
    told = email_settings("file:///var/my%20mail")
    assert told == {"EMAIL_BACKEND": "dashboard.mails.files.EmailBackend", "EMAIL_FILE_PATH": "/var/my mail"}


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://h:99999", "file:///", "file://mail",
     "smtp://mail.example/inbox", "smtp://mail.example?tls=1", ""],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense_and_repeats_no_password(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL can't be read"):
        email_settings(url)
    with pytest.raises(ImproperlyConfigured) as raised:
        email_settings("smpt://ada:secret@mail.example")
    assert "secret" not in str(raised.value)
