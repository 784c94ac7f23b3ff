"""``/packs/``: the list, the editor, the preview, publishing and withdrawing, and the facts."""

import pytest

from scorecards.models import OwnPack
from scorecards.rules.facts import COLLECTIONS
from scorecards.scans.packs import save_draft
from tests.scorecards.rules.judging import OWN_PACK
from tests.scorecards.scans.test_packs import BAD, GOOD, keep_scan, published

pytestmark = pytest.mark.django_db
BROKEN = OWN_PACK.replace("fact: is_external", "fact: is_externl")


@pytest.fixture
def olga(django_user_model):
    return django_user_model.objects.create_user("olga", is_staff=True)


@pytest.fixture
def staff(client, olga):
    client.force_login(olga)
    return client


@pytest.mark.parametrize("address", ["/packs/", "/packs/new/", "/packs/facts/", "/packs/1/", "/packs/1/preview/"])
def test_only_staff_sees_packs(client, django_user_model, address):
    client.force_login(django_user_model.objects.create_user("charlie"))
    assert client.get(address).status_code == 403
    assert client.post(address, {"text": OWN_PACK}).status_code in (403, 405)
    assert not OwnPack.objects.exists()


def test_an_empty_list_says_how_to_begin(staff):
    assert "Begin with an example" in staff.get("/packs/").content.decode()


def test_the_example_of_a_new_pack_can_be_published(staff):
    page = staff.get("/packs/new/").content.decode()
    assert "Nothing: the pack can be published." in page
    assert "for-each: stages" in page


def test_saving_keeps_a_draft_and_goes_on_to_the_preview(staff):
    answer = staff.post("/packs/new/", {"text": OWN_PACK.replace("\n", "\r\n"), "then": "preview"})
    draft = OwnPack.objects.get()
    assert (draft.code, draft.state, draft.text) == ("acme", "draft", OWN_PACK)
    assert answer["Location"] == f"/packs/{draft.pk}/preview/"
    assert "acme" in staff.get("/packs/").content.decode()


def test_problems_stand_beside_the_text_with_their_lines(staff):
    answer = staff.post("/packs/new/", {"text": BROKEN, "then": "preview"}, follow=True)
    page = answer.content.decode()
    assert "with 1 problem to mend" in page
    assert f"line {BROKEN[: BROKEN.index('is_externl')].count(chr(10)) + 1}</span>" in page
    assert "Did you mean is_external" in page


def test_what_can_not_be_read_stays_in_the_editor(staff):
    answer = staff.post("/packs/new/", {"text": "code: [<b>"})
    assert answer.status_code == 422 or answer.status_code == 400
    assert "code: [&lt;b&gt;" in answer.content.decode()
    assert not OwnPack.objects.exists()


def test_the_preview_tells_services_teams_and_controls(staff, olga):
    keep_scan(GOOD, "checkout")
    keep_scan(BAD, "stock")
    page = staff.get(f"/packs/{save_draft(OWN_PACK, olga).pk}/preview/").content.decode()
    assert "2 of 2 services would get other verdicts, 1 a fail" in page
    assert 'href="/services/stock/standards/"' in page
    assert 'href="/teams/pay/"' in page
    assert page.index("/services/stock/") < page.index("/services/checkout/")


def test_the_preview_says_where_facts_are_missing(staff, olga):
    keep_scan(GOOD, "checkout", facts=False)
    page = staff.get(f"/packs/{save_draft(OWN_PACK, olga).pk}/preview/").content.decode()
    assert "was scanned before facts were kept" in page


def test_a_draft_with_problems_has_no_preview(staff, olga):
    draft = save_draft(BROKEN, olga)
    assert staff.get(f"/packs/{draft.pk}/preview/")["Location"] == f"/packs/{draft.pk}/"


def test_publishing_brings_it_into_force(staff, olga):
    keep_scan(BAD, "stock")
    draft = save_draft(OWN_PACK, olga)
    page = staff.post(f"/packs/{draft.pk}/preview/", follow=True).content.decode()
    assert "acme 1.0.0 is in force." in page
    draft.refresh_from_db()
    assert draft.state == "published"
    assert "acme" in staff.get("/standards/").content.decode()
    assert staff.get("/services/stock/standards/?standard=acme").status_code == 200


def test_publishing_what_has_problems_is_refused_in_words(staff, olga):
    draft = save_draft(BROKEN, olga)
    assert "Mend it first" in staff.post(f"/packs/{draft.pk}/preview/", follow=True).content.decode()
    assert OwnPack.objects.get().state == "draft"


def test_withdrawing_asks_first(staff, olga):
    row = published(olga)
    assert "Leave it in force" in staff.get(f"/packs/{row.pk}/withdraw/").content.decode()
    assert OwnPack.objects.get().state == "published"
    assert "is withdrawn" in staff.post(f"/packs/{row.pk}/withdraw/", follow=True).content.decode()
    assert OwnPack.objects.get().state == "withdrawn"


def test_a_published_pack_is_edited_as_a_new_draft(staff, olga):
    row = published(olga)
    staff.post(f"/packs/{row.pk}/", {"text": OWN_PACK.replace("1.0.0", "1.1.0")})
    assert set(OwnPack.objects.values_list("version", "state")) == {("1.0.0", "published"), ("1.1.0", "draft")}


def test_every_fact_is_told_with_its_type(staff):
    page = staff.get("/packs/facts/").content.decode()
    for collection in COLLECTIONS.values():
        assert f'id="{collection.name}"' in page
        assert all(f"<code>{field.name}</code>" in page for field in collection.fields)


def test_the_page_of_standards_leads_staff_to_packs(staff, client, django_user_model):
    assert 'href="/packs/"' in staff.get("/standards/").content.decode()
    client.force_login(django_user_model.objects.create_user("charlie"))
    assert 'href="/packs/"' not in client.get("/standards/").content.decode()
