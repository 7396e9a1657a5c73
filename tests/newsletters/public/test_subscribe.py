"""The sign-up form and the page behind the confirmation mail."""

import re
import time

import pytest
from django.urls import reverse

from newsletters import tokens
from newsletters.models import ConsentEvent, Contact, Delivery, DeliveryBody, Limit, Subscription
from newsletters.public import evenly
from newsletters.public import subscribe as view
from newsletters.services import links, subscriptions, suppressions
from newsletters.states import SubscriptionState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    MailingListFactory,
    SubscriptionFactory,
    trap_fields,
)

pytestmark = pytest.mark.django_db
FORM = "/subscribe/"
SENT = "/subscribe/sent/"


@pytest.fixture
def letters():
    return MailingListFactory(name="Letters from Karsh")


def filled_in(*lists, email="anna@example.org", **more):
    return {
        "email": email,
        "name": "",
        "language": "en",
        "lists": [row.pk for row in lists],
        **trap_fields(),
        **more,
    }


def link_in_mail(purpose_path="/c/"):
    body = DeliveryBody.objects.latest("pk")
    (link,) = re.findall(rf"http://testserver({purpose_path}\S+)", body.text)
    return link


def test_signing_up_mails_a_link_and_changes_nothing_else(client, letters):
    answer = client.post(FORM, filled_in(letters, name="Anna"))
    assert (answer.status_code, answer.url) == (302, SENT)
    assert Subscription.objects.get().state == SubscriptionState.PENDING
    assert Delivery.objects.get().kind == "newsletters.confirm_subscription"
    assert Contact.objects.get().given_name == "Anna"
    page = client.get(answer.url)
    assert page.status_code == 200


def test_the_button_behind_the_link_puts_her_on_the_list(client, letters):
    client.post(FORM, filled_in(letters))
    link = link_in_mail()
    page = client.get(link)
    assert "Letters from Karsh" in page.text
    shown = re.findall(r'name="list" value="([^"]+)"', page.text)
    first = client.post(link, {"list": shown})
    assert first.status_code == 200
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE
    second = client.post(link, {"list": shown})
    assert second.content == first.content
    kinds = list(Delivery.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["newsletters.confirm_subscription", "newsletters.welcome"]


def test_the_wording_beside_the_box_is_kept_with_request_and_consent(client, letters):
    page = client.get(FORM)
    client.post(FORM, filled_in(letters))
    link = link_in_mail()
    client.post(link, {"list": letters.slug})
    events = ConsentEvent.objects.select_related("wording")
    assert [event.act for event in events] == ["requested", "granted"]
    for event in events:
        assert event.wording is not None
        assert event.wording.text in page.text
        assert event.legal_basis == "consent"


def test_only_what_stood_beside_the_button_is_confirmed(client, letters):
    other = MailingListFactory()
    client.post(FORM, filled_in(letters))
    link = link_in_mail()
    client.get(link)
    client.post(FORM, filled_in(other))
    client.post(link, {"list": [letters.slug]})
    states = dict(Subscription.objects.values_list("mailing_list__slug", "state"))
    assert states == {letters.slug: "active", other.slug: "pending"}


def test_boxes_are_not_ticked_unless_there_is_only_one(client, letters):
    assert "checked" in client.get(FORM).text
    MailingListFactory()
    assert "checked" not in client.get(FORM).text


def test_a_private_list_is_neither_shown_nor_joined(client, letters):
    private = MailingListFactory(is_public=False, name="Committee")
    assert "Committee" not in client.get(FORM).text
    answer = client.post(FORM, filled_in(private))
    assert answer.status_code == 422
    assert not Contact.objects.exists()


def test_no_list_at_all_is_said_in_words(client):
    page = client.get(FORM)
    assert "There is no list to join" in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "Write an e-mail address"),
        ("a@b", "needs a dot and an ending"),
        ("a@x.example;b@y.example", "more than one address"),
        ("anna", "There is no @ here"),
        ("a" * 900 + "@example.org", "longer than"),
    ],
)
def test_a_bad_address_is_explained_at_the_field_and_nothing_is_lost(
    client, letters, email, sentence
):
    answer = client.post(FORM, filled_in(letters, email=email, name="Anna Marku"))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Anna Marku" in answer.text
    assert "checked" in answer.text
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "name", ["www.evil.example", "Dear WIN $$ http://evil.example", "+49 170 1234567"]
)
def test_a_name_that_is_an_advertisement_is_refused(client, letters, name):
    answer = client.post(FORM, filled_in(letters, name=name))
    assert "A name cannot hold" in answer.text
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{7*7}}", "{% debug %}", "null"])
def test_a_strange_name_is_text_and_never_in_the_mail(client, letters, name):
    answer = client.post(FORM, filled_in(letters, name=name))
    assert answer.status_code == 302
    body = DeliveryBody.objects.get()
    assert name not in body.html + body.text + body.subject


def test_an_address_sent_twice_in_one_form_is_refused(client, letters):
    answer = client.post(FORM, filled_in(letters, email=["a@example.org", "b@example.org"]))
    assert "more than one address" in answer.text


def test_a_slip_is_asked_about_and_either_answer_is_taken(client, letters):
    data = filled_in(letters, email="anna@gmial.com")
    page = client.post(FORM, data)
    assert "anna@gmail.com" in page.text
    assert not Contact.objects.exists()
    client.post(FORM, {**data, "use": "anna@gmail.com"})
    assert Contact.objects.get().email == "anna@gmail.com"
    client.post(FORM, {**data, "use": "anna@gmial.com"})
    assert Contact.objects.filter(email="anna@gmial.com").exists()


@pytest.mark.parametrize(("website", "seconds"), [("http://evil.example", 60), ("", 0.3)])
def test_a_program_gets_the_same_answer_and_nothing_is_kept(client, letters, website, seconds):
    trapped = {**trap_fields(seconds), "website": website}
    answer = client.post(FORM, filled_in(letters, **trapped))
    assert (answer.status_code, answer.url) == (302, SENT)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("opened", ["four days ago", "", "forged:stamp"])
def test_a_form_open_for_days_keeps_what_was_typed_and_goes_at_the_second_press(
    client, letters, opened
):
    if opened == "four days ago":
        opened = trap_fields(4 * 24 * 3600)["opened"]
    page = client.post(FORM, filled_in(letters, name="Anna", opened=opened))
    assert "press the button once more" in page.text
    assert 'value="Anna"' in page.text
    (again,) = re.findall(r'name="opened" value="([^"]+)"', page.text)
    answer = client.post(FORM, filled_in(letters, name="Anna", opened=again))
    assert (answer.status_code, answer.url) == (302, SENT)
    assert Contact.objects.count() == 1


def test_one_network_may_send_so_many_an_hour_and_no_more(client, letters, monkeypatch):
    monkeypatch.setattr(view, "SIGN_UPS_AN_HOUR", 2)
    for number in range(2):
        answer = client.post(FORM, filled_in(letters, email=f"r{number}@example.org"))
        assert answer.status_code == 302
    known = client.post(FORM, filled_in(letters, email="r0@example.org"))
    unknown = client.post(FORM, filled_in(letters, email="r9@example.org"))
    assert known.status_code == unknown.status_code == 429
    assert known.content == unknown.content
    assert known.headers["Retry-After"] == "3600"
    other = client.post(FORM, filled_in(letters), REMOTE_ADDR="203.0.113.9")
    assert other.status_code == 302
    assert not Limit.objects.filter(key__contains="127.0.0").exists()


def test_a_link_of_fifteen_days_offers_to_start_again(client, letters):
    contact = SubscriptionFactory(mailing_list=letters, state="pending").contact
    old = tokens.seal(tokens.CONFIRM_SUBSCRIPTION, contact.pk, stamp=tokens.this_hour() - 15 * 24)
    link = reverse("newsletters:confirm", args=[old])
    for answer in (client.get(link), client.post(link, {"list": letters.slug})):
        assert answer.status_code == 410
        assert FORM in answer.text
        assert letters.name not in answer.text
    assert Subscription.objects.get().state == SubscriptionState.PENDING


def test_a_link_of_somebody_who_was_erased_offers_to_start_again(client):
    contact = ContactFactory()
    link = links.confirm_url(contact)
    contact.delete()
    assert client.post(link).status_code == 410


def test_who_left_before_comes_back_only_by_the_button(client, letters):
    row = SubscriptionFactory(mailing_list=letters)
    subscriptions.leave_everything(contact=row.contact, method="test")
    client.post(FORM, filled_in(letters, email=row.contact.email))
    assert Subscription.objects.get().state == SubscriptionState.PENDING
    client.post(link_in_mail(), {"list": letters.slug})
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE


def test_the_clock_does_not_tell_who_is_known(client, letters):
    member = SubscriptionFactory(mailing_list=letters).contact.email
    for email in (member, member, "unknown@example.org", "unknown@example.org"):
        began = time.monotonic()
        client.post(FORM, filled_in(letters, email=email))
        assert time.monotonic() - began >= evenly.LEAST_SECONDS


def test_fifty_known_and_fifty_unknown_addresses_get_the_same_answer(client, letters, monkeypatch):
    monkeypatch.setattr(view, "SIGN_UPS_AN_HOUR", 1000)
    for number in range(50):
        row = SubscriptionFactory(contact__email=f"known{number}@example.org", mailing_list=letters)
        if number % 5 == 0:
            suppressions.suppress(
                address_key=row.contact.address_key, reason=SuppressionReason.BLOCKED
            )
    answers = set()
    for number in range(50):
        for kind in ("known", "unkno"):
            answer = client.post(FORM, filled_in(letters, email=f"{kind}{number}@example.org"))
            page = client.get(answer.url)
            answers.add((answer.status_code, answer.url, answer.content, page.content))
            assert not answer.cookies
    assert len(answers) == 1


def test_a_list_that_asks_nobody_says_so_before_and_after_to_everybody_alike(client, letters):
    assert "only when you press" in client.get(FORM).text
    plain = MailingListFactory(double_opt_in=False)
    assert "only when you press" not in client.get(FORM).text
    left = SubscriptionFactory(mailing_list=plain).contact
    subscriptions.leave_everything(contact=left, method="test")
    member = SubscriptionFactory(mailing_list=plain).contact
    answers = {
        client.post(FORM, filled_in(plain, email=email), follow=True).content
        for email in ("new@example.org", left.email, member.email)
    }
    assert len(answers) == 1
    assert "If there is a button in that mail" in answers.pop().decode()
    assert "not before" in client.post(FORM, filled_in(plain, letters), follow=True).text
    new = Subscription.objects.get(contact__email="new@example.org")
    assert new.state == SubscriptionState.ACTIVE


@pytest.mark.parametrize("counts", [False, True])
def test_the_form_says_what_is_counted(counts, client, letters, settings):
    settings.TRACKING = counts
    page = client.get(FORM).content.decode()
    assert ("we do not count who opens what" in page) is not counts
    assert ("says so at its foot" in page) is counts
