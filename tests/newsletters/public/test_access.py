"""What we know about you, and forget me: by the person herself."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters import tokens
from newsletters.addresses import parse, person_key
from newsletters.models import (
    ActKind,
    BulkChange,
    BulkChangeRow,
    BulkKind,
    Contact,
    Delivery,
    DeliveryBody,
    ImportChange,
    ImportJob,
    Note,
    StaffAct,
    Suppression,
)
from newsletters.selectors.access import stamp_of
from newsletters.services import acts, addresses, custom_fields, suppressions
from newsletters.states import SuppressionReason
from tests.factories.campaigns import LetterFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingVersionFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.petitions import SignatureFactory

pytestmark = pytest.mark.django_db
KIND = "newsletters.your_data"


@pytest.fixture
def person():
    return ContactFactory(given_name="Mira", family_name="Tolan", language="en")


def own_page(person, name, hours_ago=0):
    token = tokens.seal(tokens.PREFERENCES, person.pk, stamp=tokens.this_hour() - hours_ago)
    return reverse(f"newsletters:{name}", args=[token])


def link_of(person, seconds_ago=0):
    made = int(timezone.now().timestamp()) - seconds_ago
    return reverse(
        "newsletters:access",
        args=[tokens.seal(tokens.ACCESS, person.pk, made, stamp_of(person))],
    )


def press(client, link):
    """The answer and what is in the file, by name."""
    answer = client.post(link)
    if not answer.streaming:
        return answer, {}
    content = io.BytesIO(b"".join(answer.streaming_content))
    with zipfile.ZipFile(content) as archive:
        return answer, {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_mail_goes_to_the_stored_address_once_an_hour(client, person):
    first = client.post(own_page(person, "access_ask")).text
    again = client.post(own_page(person, "access_ask")).text
    assert "Look into your mailbox" in first
    assert "already" in again
    sent = Delivery.objects.get(kind=KIND)
    assert (sent.address, sent.contact) == (person.email, person)
    Delivery.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    client.post(own_page(person, "access_ask"))
    assert Delivery.objects.filter(kind=KIND).count() == 2
    # The link that was mailed is the one that opens.
    link = DeliveryBody.objects.earliest("pk").text.split("http://testserver")[1].split()[0]
    assert press(client, link)[0].status_code == 200


def test_the_file_holds_everything_twice_and_names_no_organiser(client, person):
    by = UserFactory(username="secretorganiser")
    Note.objects.create(contact=person, text="Speaks Orrini.\nCall after six.", created_by=by)
    acts.note(kind=ActKind.NOTED, contact_id=person.pk, by=by)
    row = SubscriptionFactory(contact=person)
    mailing = MailingFactory(name="secret working title")
    DeliveryFactory(contact=person, mailing=mailing, version=MailingVersionFactory(mailing=mailing))
    SignatureFactory(email=person.email, comment="For <Karsh>")
    answer, files = press(client, link_of(person))
    assert answer["Content-Disposition"] == 'attachment; filename="your-data.zip"'
    assert answer["Cache-Control"] == "no-store, private"
    data = json.loads(files["data.json"])
    assert data["profile"][0]["Given name"] == "Mira"
    assert data["lists"][0]["List"] == row.mailing_list.name
    assert data["notes"][0]["Text"].startswith("Speaks Orrini.")
    assert data["mails"][0]["Subject"] == "Write to the minister"
    assert data["signatures"][0]["Comment"] == "For <Karsh>"
    assert data["staff"][0]["What"] == "wrote a note"
    assert {"consents", "imports", "letters", "left_alone", "merges"} < data.keys()
    page = files["data.html"]
    assert "For &lt;Karsh&gt;" in page
    assert page.rstrip().endswith("</html>")
    for text in files.values():
        assert "secret" not in text


def test_languages_and_countries_have_names_and_subjects_are_those_she_read(client, person):
    SignatureFactory(email=person.email, language="fa", country="FR")
    LetterFactory(email=person.email, country="PT")
    for subject in (
        "{{ given_name | default: 'friend' }}, write today",
        "{% if family_name == 'Tolan' %}To you{% else %}To all{% endif %}, {{ country }}",
        "{{ region }}: a field there was once",
    ):
        version = MailingVersionFactory(parts={"en": {"": {"subject": subject}}})
        DeliveryFactory(contact=person, mailing=version.mailing, version=version)
    client.post(own_page(person, "access_ask"))
    _answer, files = press(client, link_of(person))
    data = json.loads(files["data.json"])
    profile = data["profile"][0]
    assert (profile["Language"], profile["Country"]) == ("en", "AT")
    signature, letter = data["signatures"][0], data["letters"][0]
    assert (signature["Language"], signature["Country"], letter["Country"]) == ("fa", "FR", "PT")
    assert "English" in files["data.html"]
    for name in ("Persian", "Austria", "France", "Portugal"):
        assert f"<bdi>{name}</bdi>" in files["data.html"]
    subjects = [row["Subject"] for row in data["mails"]]
    assert subjects == [
        DeliveryBody.objects.get().subject,
        "…: a field there was once",
        "To you, Austria",
        "Mira, write today",
    ]
    assert all(subject in files["data.html"] for subject in subjects)


def test_what_an_import_or_a_change_to_many_did_is_told_in_words(client, person):
    custom_fields.create(details=custom_fields.Details("Speaks", "choices", choices=("B", "A")))
    kept = {"speaks": ["A", "B"], "gone": 1}
    said = {"country": "FR", "language": "fa", "tags": ["vigil", "press"], "joined": True}
    ImportChange.objects.create(
        job=ImportJob.objects.create(stored_name="", source="Vigil"),
        contact=person,
        before={"country": "DE"},
        after=said | {"attributes": kept},
    )
    terms = {"field": "language", "name": "Language", "value": "fr", "shown": "French"}
    change = BulkChange.objects.create(kind=BulkKind.SET_FIELD, terms=terms)
    BulkChangeRow.objects.create(change=change, contact=person, before={"value": "en"})
    _answer, files = press(client, link_of(person))
    data = json.loads(files["data.json"])
    assert data["imports"][0]["Before"] == {"Country": "Germany"}
    assert data["imports"][0]["After"] == {
        "Country": "France",
        "Language": "fa",
        "Tags": "vigil, press",
        "Joined the list": "yes",
        "Speaks": "B, A",
        "gone": "1",
    }
    assert data["changes"][0]["Before"] == "en"
    assert "Language: Persian<br>" in files["data.html"]
    assert "<bdi>English</bdi>" in files["data.html"]


def test_a_look_gives_nothing_and_after_a_day_neither_does_a_press(client, person):
    looked = client.get(link_of(person))
    assert person.email not in looked.text
    assert "Get the file" in looked.text
    assert press(client, link_of(person, 24 * 3600 - 60))[0].status_code == 200
    assert client.post(link_of(person, 24 * 3600 + 60)).status_code == 410
    assert client.post(reverse("newsletters:access", args=["x" * 48])).status_code == 404


def test_a_link_in_a_mailbox_she_has_left_opens_nothing(client, person):
    link = link_of(person)
    addresses.change(contact=person, address=parse("new@example.net"), by=None)
    assert client.post(link).status_code == 410


def test_a_link_to_ones_own_page_that_is_a_week_old_neither_mails_nor_forgets(client, person):
    for name in ("access_ask", "forget_me"):
        assert "fresh link" in client.post(own_page(person, name, hours_ago=200)).text
    assert Contact.objects.filter(pk=person.pk).exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("reason", "goes"),
    [
        (SuppressionReason.BOUNCED, True),
        (SuppressionReason.LEFT_ALL, True),
        (SuppressionReason.COMPLAINED, True),
        (SuppressionReason.BLOCKED, False),
    ],
)
def test_only_a_block_by_staff_keeps_the_mail_back(client, person, reason, goes):
    suppressions.suppress(address_key=person.address_key, reason=reason)
    client.post(own_page(person, "access_ask"))
    assert Delivery.objects.filter(kind=KIND).exists() is goes


def test_forget_me_asks_first_and_then_forgets(client, person):
    link = own_page(person, "forget_me")
    assert "cannot be undone" in client.get(link).text
    assert Contact.objects.filter(pk=person.pk).exists()
    assert "You are forgotten" in client.post(link).text
    assert not Contact.objects.filter(pk=person.pk).exists()
    assert Suppression.objects.get().reason == SuppressionReason.ERASED
    # She did it herself: the audit of staff has no line. Her links are still answered.
    assert not StaffAct.objects.exists()
    assert client.post(link).status_code == 200
    assert client.get(own_page(person, "preferences")).status_code == 200


def test_forget_me_takes_the_other_spellings_of_her_mailbox_unless_she_unticks_one(client):
    spelled = ("thea.q@gmail.com", "theaq+news@gmail.com", "theaq+ben@gmail.com")
    thea, news, ben = (
        ContactFactory(email=email, person_key=person_key(parse(email)), given_name="Secret")
        for email in spelled
    )
    link = own_page(thea, "forget_me")
    shown = client.get(link).text
    assert shown.count(" checked") == 2
    assert "theaq+news@gmail.com" in shown
    assert "Secret" not in shown
    other = ContactFactory()
    refused = client.post(link, {"also": [other.pk]})
    assert refused.status_code == 422
    assert "Nothing was forgotten yet" in refused.text
    assert "You are forgotten" in client.post(link, {"also": [news.pk]}).text
    assert set(Contact.objects.all()) == {ben, other}
