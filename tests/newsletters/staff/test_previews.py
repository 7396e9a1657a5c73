"""Looking at a mail as one reader would get it, and sending oneself a test."""

import pytest
from django.urls import reverse

from newsletters.models import Delivery
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


def finished():
    mailing = MailingFactory(lists=[MailingListFactory()])
    MailingTextFactory(mailing=mailing)
    return mailing


def url(name, mailing):
    return reverse(f"staff:{name}", args=[mailing.pk])


def words(response):
    return " ".join(response.content.decode().split())


def test_the_preview_is_the_mail_one_person_would_get(desk):
    mailing = finished()
    mailing.texts.update(
        subject="For {{ given_name }}",
        blocks=[{"type": "text", "html": "Dear {{ full_name }}, greet {{ country }}"}],
    )
    person = ContactFactory(given_name="Dana", family_name="<Okoye>", email="dana@example.org")
    response = desk.post(url("mailing_preview", mailing), {"address": "Dana@example.org"})
    assert f"person={person.pk}" in response.url
    assert "dana" not in response.url
    page = words(desk.get(response.url))
    assert "For Dana" in page
    frame = desk.get(url("mailing_frame", mailing), {"person": person.pk})
    assert "Dear Dana &lt;Okoye&gt;, greet Austria" in frame.content.decode()
    text = words(desk.get(url("mailing_preview", mailing), {"person": person.pk, "view": "text"}))
    assert "Dear Dana &lt;Okoye&gt;, greet Austria" in text


def test_the_mail_stands_in_its_frame_under_a_policy_of_its_own(desk):
    response = desk.get(url("mailing_frame", finished()))
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policy
    assert "unsubscribe" not in response.content.decode()
    assert reverse("newsletters:test_link") in response.content.decode()
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in response.content.decode()


def test_nobody_with_that_address_is_said_at_the_field(desk):
    response = desk.post(url("mailing_preview", finished()), {"address": "nobody@example.org"})
    assert response.status_code == 422
    assert "Nobody here has this address" in words(response)


@pytest.mark.parametrize("person", ["", "x", "99999999", "-1", "9" * 30, "1;DROP"])
def test_an_unknown_person_is_the_invented_reader(person, desk):
    page = words(desk.get(url("mailing_preview", finished()), {"person": person}))
    assert "alex@example.org" in page


def test_a_test_goes_out_marked_and_its_links_change_nothing(desk, rung, post):
    mailing = finished()
    response = desk.post(
        url("mailing_test", mailing), {"test-address": "Desk@example.org", "language": "en"}
    )
    assert response.status_code == 302
    assert [ring.job for ring in rung.collect()] == ["newsletters.send_now"]
    row = Delivery.objects.get()
    assert (row.kind, row.mailing, row.address) == ("newsletters.test", None, "desk@example.org")
    assert row.body.subject == "[Test] Write to the minister"
    page = desk.get(reverse("newsletters:test_link"))
    assert "Nothing was changed" in words(page)
    assert "/u/" not in row.body.html + row.body.text


@pytest.mark.parametrize("address", ["", "two@example.org, three@example.org", "x", "a@b\r\nc@d"])
def test_a_test_needs_one_address(address, desk):
    response = desk.post(url("mailing_test", finished()), {"test-address": address})
    assert response.status_code == 422
    assert Delivery.objects.count() == 0


def test_a_text_that_cannot_be_shown_says_why(desk):
    mailing = finished()
    mailing.texts.all().delete()
    page = words(desk.get(url("mailing_preview", mailing)))
    assert "There is no text in this language yet" in page
    assert desk.get(url("mailing_frame", mailing)).status_code == 200
    assert (
        desk.post(url("mailing_test", mailing), {"test-address": "a@example.org"}).status_code
        == 302
    )
