"""The pages about one person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters import addresses
from newsletters.models import (
    ActKind,
    BulkChange,
    BulkChangeRow,
    ConsentAct,
    ConsentWording,
    Contact,
    CustomField,
    ImportChange,
    ImportJob,
    Note,
    OtherAddress,
    StaffAct,
    Suppression,
)
from newsletters.selectors import timeline
from newsletters.services import consent, suppressions
from newsletters.services.consent import Door
from newsletters.states import SuppressionReason
from tests.factories.campaigns import LetterFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.petitions import SignatureFactory

pytestmark = pytest.mark.django_db
RIGHTS = ("newsletters.view_contact", "newsletters.change_contact", "newsletters.add_suppression")


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(username="olga", permissions=RIGHTS))
    return client


def page_of(contact, act=""):
    return f"/staff/people/{contact.pk}/{act}"


def typed(client, contact, **changes):
    """What a browser sends back when only ``changes`` were typed into the form."""
    form = client.get(page_of(contact, "edit/")).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (shown | changes).items() if value is not None}


def field(key, kind, **more):
    return CustomField.objects.create(key=key, name=key.title(), kind=kind, **more)


def test_everything_about_a_person_is_edited_in_one_form(staff):
    contact = ContactFactory(attributes={"size": "XS", "gone": 1})
    field("size", "choice", choices=["S", "M"])
    field("born", "date")
    field("days", "choices", choices=["Monday", "Friday"])
    saved = staff.post(
        page_of(contact, "edit/"),
        typed(
            staff,
            contact,
            given_name="Zoë",
            language="kk",
            time_zone="Asia/Almaty",
            country="KZ",
            phone="+7 727 555 01 23",
            tags="vigil, press",
            field_born="3.4.1990",
            field_days=["Friday", "Monday"],
        ),
        follow=True,
    )
    contact.refresh_from_db()
    assert (contact.given_name, contact.language, contact.country) == ("Zoë", "kk", "KZ")
    # A choice that is not offered any more stays with who has it, a field deleted since untouched.
    assert contact.attributes == {
        "size": "XS",
        "gone": 1,
        "born": "1990-04-03",
        "days": ["Friday", "Monday"],
    }
    assert "Monday, Friday" in saved.text
    assert {tag.name for tag in contact.tags.all()} == {"vigil", "press"}
    assert "3 April 1990" in saved.text
    assert "olga changed the profile: given name, language" in saved.text
    again = staff.post(page_of(contact, "edit/"), typed(staff, contact), follow=True)
    assert "Nothing was different" in again.text


def test_every_problem_stands_at_its_field_and_nothing_is_lost(staff):
    contact = ContactFactory()
    field("members", "number")
    wrong = {
        "given_name": "www.win.example.com",
        "postcode": "<b>",
        "phone": "call me",
        "country": "ZZ",
        "time_zone": "Mars/Olympus",
        "tags": "a\x00b",
        "field_members": "1.234",
    }
    answer = staff.post(page_of(contact, "edit/"), typed(staff, contact, **wrong))
    assert answer.status_code == 422
    assert set(wrong) == set(answer.context["form"].errors)
    assert "can mean two numbers" in answer.text
    assert "call me" in answer.text
    contact.refresh_from_db()
    assert contact.attributes == {}
    assert not StaffAct.objects.exists()


def test_the_second_of_two_who_edit_at_once_is_told_and_sees_what_is_there(staff):
    contact = ContactFactory(given_name="Anna")
    mine = typed(staff, contact, family_name="Berg")
    staff.post(page_of(contact, "edit/"), typed(staff, contact, given_name="Anja"))
    told = staff.post(page_of(contact, "edit/"), mine)
    assert told.status_code == 409
    assert "Somebody else changed this person" in told.text
    assert ("Given name", "Anja") in told.context["differences"]
    assert Contact.objects.get().family_name == "Marku"
    # What was typed stands there still; the next press saves it.
    form = told.context["form"]
    retry = {name: form[name].value() or "" for name in form.fields}
    assert staff.post(page_of(contact, "edit/"), retry).status_code == 302
    assert Contact.objects.get().family_name == "Berg"


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-13-45", "2026-01-01T00:00:00", "\x00"])
def test_a_page_that_does_not_say_what_it_showed_saves_nothing(staff, seen):
    contact = ContactFactory()
    data = typed(staff, contact, given_name="Zoë") | {"seen": seen}
    assert staff.post(page_of(contact, "edit/"), data).status_code == 422
    assert Contact.objects.get().given_name == "Anna"


def test_a_new_address_is_asked_about_once_when_it_looks_like_a_slip(staff):
    contact = ContactFactory(email="old@example.org")
    data = {"email": "Anna@gmial.com", "use": "first"}
    asked = staff.post(page_of(contact, "addresses/"), data)
    assert asked.status_code == 422
    assert "Did you mean Anna@gmail.com?" in asked.text
    data["asked"] = asked.context["form"]["asked"].value()
    assert staff.post(page_of(contact, "addresses/"), data).status_code == 302
    contact.refresh_from_db()
    assert contact.email == "anna@gmial.com"


def test_addresses_are_added_put_first_and_removed(staff):
    contact = ContactFactory(email="old@example.org")
    page = page_of(contact, "addresses/")
    staff.post(page, {"email": "second@example.net", "use": "other"})
    other = OtherAddress.objects.get()
    taken = staff.post(
        page_of(ContactFactory(), "addresses/"), {"email": other.email, "use": "other"}
    )
    assert "Another person has this address" in taken.text
    staff.post(f"{page}{other.pk}/first/")
    contact.refresh_from_db()
    assert contact.email == "second@example.net"
    other = OtherAddress.objects.get()
    assert staff.post(f"/staff/people/{contact.pk + 1}/addresses/{other.pk}/remove/").status_code
    assert OtherAddress.objects.exists()
    staff.post(f"{page}{other.pk}/remove/")
    assert not OtherAddress.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write an e-mail address"),
        ("a@b", "needs a dot"),
        ("a@x.org,b@y.org", "more than one"),
        ("a\u202eb@x.org", "cannot be seen"),
        ("a" * 5000, "1000"),
    ],
)
def test_an_address_is_read_as_strictly_as_everywhere(staff, text, says):
    contact = ContactFactory()
    answer = staff.post(page_of(contact, "addresses/"), {"email": text, "use": "first"})
    assert answer.status_code == 422
    assert says in answer.text


def test_a_further_address_that_was_blocked_is_told_to_hold_for_the_person(staff):
    contact = ContactFactory()
    key = addresses.address_key("blocked@example.net")
    suppressions.suppress(address_key=key, reason=SuppressionReason.BLOCKED, detail="abuse")
    said = {"email": "blocked@example.net", "use": "other"}
    answer = staff.post(page_of(contact, "addresses/"), said, follow=True)
    assert "Nothing goes to this person" in answer.text
    assert "Blocked by staff" in staff.get(page_of(contact)).text


def test_a_suppressed_new_address_is_refused_in_a_calm_sentence(staff):
    contact = ContactFactory()
    key = addresses.address_key("left@example.net")
    suppressions.suppress(address_key=key, reason=SuppressionReason.LEFT_ALL)
    answer = staff.post(
        page_of(contact, "addresses/"), {"email": "left@example.net", "use": "first"}
    )
    assert "asked not to be written to" in answer.text
    contact.refresh_from_db()
    assert contact.email != "left@example.net"


def test_a_note_is_written_shown_and_deleted(staff):
    contact = ContactFactory()
    assert staff.post(page_of(contact, "notes/"), {"text": " "}).status_code == 422
    shown = staff.post(page_of(contact, "notes/"), {"text": "Calls <b>late</b>."}, follow=True)
    assert "Calls &lt;b&gt;late&lt;/b&gt;." in shown.text
    note = Note.objects.get()
    other = ContactFactory()
    assert staff.post(page_of(other, f"notes/{note.pk}/delete/")).status_code == 404
    staff.post(page_of(contact, f"notes/{note.pk}/delete/"))
    assert not Note.objects.exists()
    assert [act.kind for act in StaffAct.objects.all()] == [ActKind.EDITED, ActKind.NOTED]
    assert "late" not in str(list(StaffAct.objects.values()))


def test_other_words_or_the_same_a_little_later_are_another_note(staff):
    contact = ContactFactory()
    for text in ("Calls late.", "Calls late.", "Calls early."):
        staff.post(page_of(contact, "notes/"), {"text": text})
    assert contact.notes.count() == 2
    contact.notes.update(created_at=timezone.now() - timedelta(seconds=31))
    staff.post(page_of(contact, "notes/"), {"text": "Calls late."})
    assert contact.notes.count() == 3


def test_a_block_comes_off_by_one_button(staff):
    contact = ContactFactory()
    staff.post(page_of(contact, "block/"), {"reason": "threats"})
    page = staff.get(page_of(contact)).text
    assert "Take the block off" in page
    assert "olga blocked the address" in page
    assert "The block is off" in staff.post(page_of(contact, "unblock/"), follow=True).text
    assert not Suppression.objects.exists()
    assert "no block any more" in staff.post(page_of(contact, "unblock/"), follow=True).text


def full_life(contact):
    """One of everything that can happen with a person."""
    row = SubscriptionFactory(contact=contact)
    wording = ConsentWording.objects.create(
        text="Ja, schreibt mir.", language="de", version=1, purpose="list"
    )
    consent.record(
        contact=contact,
        act=ConsentAct.GRANTED,
        door=Door(method="sign-up form", wording=wording),
        mailing_list=row.mailing_list,
    )
    DeliveryFactory(contact=contact, mailing__name="Appeal 7", last_text="mailbox full")
    DeliveryFactory(contact=contact, mailing=None, kind="newsletters.welcome")
    OtherAddress.objects.create(
        contact=contact,
        email="second@example.net",
        email_typed="second@example.net",
        address_key=addresses.address_key("second@example.net"),
    )
    SignatureFactory(email="second@example.net")
    LetterFactory(email=contact.email)
    job = ImportJob.objects.create(file_name="fair.csv", finished_at=timezone.now())
    ImportChange.objects.create(job=job, contact=contact, created=True)
    change = BulkChange.objects.create(kind="add_tag", terms={"tag": 1, "name": "vigil"})
    BulkChangeRow.objects.create(change=change, contact=contact)


def test_the_timeline_tells_one_life_in_a_fixed_number_of_queries(
    staff, django_assert_max_num_queries
):
    contact = ContactFactory(email="anna@example.org", attributes={"size": "S"})
    field("size", "text")
    full_life(contact)
    # Four of them are for who is logged in.
    with django_assert_max_num_queries(22):
        page = staff.get(page_of(contact)).text
    for words in (
        "Agreed: Letters from Karsh",
        "sign-up form",
        '<q class="small" lang="de">Ja, schreibt mir.</q>',
        "Mail “Appeal 7”: still to go (mailbox full)",
        "Mail “welcome”",
        "Signed “Reopen the harbour case (en)”: counted",
        "Wrote to Governor of Prison 4",
        "Came with the import of “fair.csv”",
        "Put a tag on them: vigil",
        "First known here",
    ):
        assert words in page


def test_what_is_older_stands_on_the_next_pages_each_thing_once(staff, monkeypatch):
    monkeypatch.setattr(timeline, "PAGE", 4)
    contact = ContactFactory()
    for number in range(10):
        DeliveryFactory(contact=contact, mailing__name=f"Appeal {number}")
    found, page = [], 1
    while page:
        shown = staff.get(page_of(contact), {"page": page}).context["timeline"]
        found += [item.words for item in shown.items]
        page = shown.older
    assert found[-1] == "First known here"
    assert [words[13] for words in found[:-1]] == [str(number) for number in range(9, -1, -1)]


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "²", "9" * 40, "40"])
def test_a_page_of_the_timeline_that_is_none_is_no_error(staff, page):
    assert staff.get(page_of(ContactFactory()), {"page": page}).status_code == 200


def test_who_may_only_look_sees_no_forms(client):
    client.force_login(UserFactory(permissions=["newsletters.view_contact"]))
    contact = ContactFactory()
    Note.objects.create(contact=contact, text="Calls late.")
    page = client.get(page_of(contact)).text
    assert "Calls late." in page
    assert f"/staff/people/{contact.pk}/" not in page.partition("<main")[2]
    for act in ("edit/", "addresses/", "notes/", "unblock/", "block/"):
        assert client.post(page_of(contact, act)).status_code == 403


@pytest.mark.parametrize("model", ["customfield", "staffact"])
def test_the_admin_shows_fields_and_the_audit_and_changes_neither(admin_client, model):
    row = field("size", "text")
    act = StaffAct.objects.create(kind=ActKind.BLOCKED, contact_id=7)
    page = f"/admin/newsletters/{model}/"
    assert admin_client.get(page).status_code == 200
    pk = row.pk if model == "customfield" else act.pk
    assert admin_client.get(f"{page}{pk}/change/").status_code == 200
    assert admin_client.post(f"{page}{pk}/change/", {"name": "x"}).status_code == 403
    assert admin_client.get(f"{page}add/").status_code == 403


def test_an_address_that_mixes_two_scripts_is_marked_on_her_page(staff):
    plain = ContactFactory(email="admin@example.org")
    mixed = ContactFactory(email="\u0430dmin@example.org")
    shown = [staff.get(f"/staff/people/{row.pk}/").text for row in (plain, mixed)]
    assert ["two scripts" in page for page in shown] == [False, True]
