"""Spells in the database are those that the days make, in whatever order these come."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ingest.models import Service
from scorecards.adoption import store
from scorecards.adoption.spells import Spell, spells_of
from scorecards.adoption.store import Note
from scorecards.models import CapabilitySpell, LookSpell
from tests.factories import make_service

FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def held(service: Service, name: str = "a") -> list[Spell]:
    rows = CapabilitySpell.objects.filter(service=service, signal=name).order_by("first_day")
    return [Spell(row.first_day, row.last_day) for row in rows]


class AnyOrder(TestCase):
    @settings(max_examples=30)
    @given(st.lists(st.integers(0, 300), max_size=12))
    def test_days_added_one_by_one_make_the_spells_of_all(self, numbers):
        service = make_service(f"s{CapabilitySpell.objects.count()}-{len(numbers)}")
        for number in numbers:
            store.add(CapabilitySpell, {(service.pk, "a"): Note(day(number), detail={"at": number})})
        assert held(service) == spells_of(day(number) for number in numbers)
        for row in CapabilitySpell.objects.filter(service=service):
            assert row.detail == {"at": (row.last_day - FIRST).days}

    @settings(max_examples=20)
    @given(st.sets(st.integers(0, 300), max_size=8), st.sets(st.integers(0, 300), max_size=8))
    def test_spells_are_replaced_by_others(self, before, after):
        service = make_service("s")
        for numbers in (before, after):
            spells = spells_of(day(number) for number in numbers)
            store.replace({(service.pk, "a"): spells})
            assert held(service) == spells
        assert store.replace({(service.pk, "a"): spells_of(day(number) for number in after)}) is None
        Service.objects.all().delete()


@pytest.mark.django_db
def test_what_a_source_forgets_stays_known():
    service = make_service()
    assert store.grow({"a": {service.pk: [day(0), day(5)]}}) == day(0)
    assert store.grow({"a": {service.pk: [day(30)]}}) == day(6)
    assert store.grow({"a": {service.pk: [day(2)]}}) is None
    assert held(service) == [Spell(day(0), day(30))]


@pytest.mark.django_db
def test_looks_at_every_service_grow_too():
    assert store.grow_looks("p", [day(0), day(40)]) == day(0)
    assert store.grow_looks("p", [day(20)]) == day(1)
    assert [(row.first_day, row.last_day) for row in LookSpell.objects.all()] == [(day(0), day(40))]
    assert store.grow_looks("p", []) is None


@pytest.mark.django_db
def test_keys_stand_apart():
    one, two = make_service("one"), make_service("two")
    store.add(CapabilitySpell, {(one.pk, "a"): Note(day(0)), (two.pk, "b"): Note(day(9))})
    assert store.add(CapabilitySpell, {(one.pk, "a"): Note(day(2))}) == day(2)
    assert (held(one), held(two), held(two, "b")) == ([Spell(day(0), day(2))], [], [Spell(day(9), day(9))])
    assert list(store.spells_by_service(CapabilitySpell, [two.pk])) == [(two.pk, "b", Spell(day(9), day(9)))]
