"""What an earlier version put into the database gives way to what this one has."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection

from dashboard.datasets import triggers


@pytest.mark.django_db
def test_migrate_leaves_the_triggers_of_this_version_alone():
    wanted = {name for name, made in map(triggers.statements, triggers.triggers()) if made}
    assert triggers._known() == wanted
    former = next(one for one in triggers.triggers() if one.name == "service_renamed")
    name, made = triggers.statements(replace(former, when="OLD.slug = 'other'"))
    triggers._drop({triggers.statements(former)[0]})
    with connection.cursor() as cursor:
        for statement in made:
            cursor.execute(statement)
    assert name in triggers._known()
    call_command("migrate", verbosity=0)
    assert triggers._known() == wanted
