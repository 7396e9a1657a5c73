"""The pages of sender domains: what to publish, whether it is, and never a private key."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import DkimKey, SenderDomain
from newsletters.services import dkim_keys
from tests.factories.newsletters import MailingFactory, UserFactory
from tests.infra.dns import Zone
from tests.infra.signing import made_key, signing_key

pytestmark = pytest.mark.django_db

LIST = "/staff/sender-domains/"
CHANGE = "newsletters.change_senderdomain"


@pytest.fixture
def admin() -> Client:
    """Somebody who may change sender domains."""
    client = Client()
    client.force_login(UserFactory(permissions=[CHANGE]))
    return client


def page_of(pk: int) -> str:
    """The address of a domain's page."""
    return reverse("staff:sender_domain", args=[pk])


def test_a_domain_is_added_and_says_how_it_can_be_signed(admin: Client) -> None:
    assert "No domain is entered" in admin.get(LIST).content.decode()
    answer = admin.post(f"{LIST}new/", {"domain": "News.Example.org"}, follow=True)
    page = answer.content.decode()
    assert "news.example.org is there." in page
    assert "manage.py dkim_key" in page
    assert "left to the mail server" in admin.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "required"),
        ("post@example.org", "Write the domain alone"),
        ("https://example.org", "Write the domain alone"),
        ("example.org", "already"),
        ("\x00", "Null characters"),
    ],
)
def test_what_is_no_new_domain_is_said_at_the_field(
    admin: Client, typed: str, sentence: str
) -> None:
    SenderDomain.objects.create(domain="example.org")
    answer = admin.post(f"{LIST}new/", {"domain": typed})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert SenderDomain.objects.count() == 1


def test_the_page_shows_the_record_and_no_private_key(admin: Client, zone: Zone) -> None:
    made = made_key(zone, "example.org")
    page = admin.get(page_of(made.key.domain_id)).content.decode()
    assert made.entry.name in page
    assert made.entry.value in page
    assert "Signs nothing yet" in page
    secret = dkim_keys.path_of(made.key).read_text().splitlines()
    assert len(secret) > 3
    assert not any(line in page for line in secret)
    assert zone.asked == []


def test_the_button_looks_the_record_up_and_says_what_it_found(admin: Client, zone: Zone) -> None:
    made = made_key(zone, "example.org", "ed25519")
    check = reverse("staff:dkim_key_check", args=[made.key.pk])
    assert admin.get(check).status_code == 405
    assert "There is no record" in admin.post(check, follow=True).content.decode()
    made.publish()
    page = admin.post(check, follow=True).content.decode()
    assert "The record is right." in page
    assert "Signs mail" in page
    assert "Signed here" in admin.get(LIST).content.decode()
    made.zone.publish(made.entry.name)
    page = admin.post(check, follow=True).content.decode()
    assert "Its record is gone" in page
    assert "Mail from example.org goes out unsigned" in page


def test_a_key_is_taken_out_of_use(admin: Client, zone: Zone) -> None:
    made = signing_key(zone, "example.org", "ed25519")
    retire = reverse("staff:dkim_key_retire", args=[made.key.pk])
    assert admin.get(retire).status_code == 405
    assert "signs nothing any more" in admin.post(retire, follow=True).content.decode()
    assert not DkimKey.objects.exists()
    assert admin.post(retire).status_code == 404


def test_the_warm_up_is_planned_and_taken_back(admin: Client) -> None:
    made = SenderDomain.objects.create(domain="example.org")
    today = timezone.now().date()
    answer = admin.post(page_of(made.pk), {"warm_up_from": today.isoformat()}, follow=True)
    assert "Today 50 mails of mailings may leave" in answer.content.decode()
    bad = admin.post(page_of(made.pk), {"warm_up_from": "31 November"})
    assert bad.status_code == 422
    made.refresh_from_db()
    assert made.warm_up_from == today
    for day in (date(1, 1, 1), date(9999, 12, 31), None):
        admin.post(page_of(made.pk), {"warm_up_from": day.isoformat() if day else ""})
        made.refresh_from_db()
        assert made.warm_up_from == day
        assert admin.get(page_of(made.pk)).status_code == 200


def test_only_who_may_change_them_sees_and_touches_them(client: Client, zone: Zone) -> None:
    made = made_key(zone, "example.org", "ed25519")
    client.force_login(UserFactory(permissions=["newsletters.view_delivery"]))
    addresses = [
        LIST,
        f"{LIST}new/",
        page_of(made.key.domain_id),
        reverse("staff:dkim_key_check", args=[made.key.pk]),
        reverse("staff:dkim_key_retire", args=[made.key.pk]),
    ]
    assert {client.post(address).status_code for address in addresses} == {403}
    assert DkimKey.objects.exists()
    assert zone.asked == []
    assert LIST not in client.get("/staff/").content.decode()


def test_the_list_asks_little_however_many_domains_there_are(
    admin: Client, zone: Zone, django_assert_max_num_queries
) -> None:
    for number in range(20):
        SenderDomain.objects.create(domain=f"d{number}.example.org")
    with django_assert_max_num_queries(8):
        assert admin.get(LIST).content.decode().count(".example.org</bdi>") == 20


def test_a_mailing_that_would_go_out_unsigned_says_so_before_it_is_approved(
    client: Client, zone: Zone, settings: Settings
) -> None:
    settings.MAIL_FROM = "campaign@example.org"
    mailing = MailingFactory(sender_name="Für Mira, Karsh")
    rights = ["newsletters.view_mailing", "newsletters.change_mailing"]
    client.force_login(UserFactory(permissions=rights))
    review = reverse("staff:mailing", args=[mailing.pk])
    SenderDomain.objects.create(domain="example.org")
    assert "go out unsigned" not in client.get(review).content.decode()
    made = made_key(zone, "example.org", "ed25519")
    assert "go out unsigned" in client.get(review).content.decode()
    made.publish()
    dkim_keys.verify(key=made.key)
    assert "go out unsigned" not in client.get(review).content.decode()
