"""``manage.py add_user``."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("add_user", *arguments, stdout=out)
    return out.getvalue().split()


def test_it_prints_a_password_that_opens_the_site(pay):
    name, password = run("grace", "--lead", pay.slug)
    assert authenticate(username=name, password=password).memberships.get().role == "lead"


def test_it_keeps_the_password_of_who_was_there(pay):
    _, password = run("grace")
    run("grace", "--team", pay.slug, "--staff")
    user = authenticate(username="grace", password=password)
    assert (user.is_staff, user.memberships.get().role) == (True, "member")


def test_it_makes_nobody_where_the_team_is_unknown():
    with pytest.raises(CommandError, match="no team"):
        run("grace", "--team", "nowhere")
    assert not User.objects.filter(username="grace").exists()
