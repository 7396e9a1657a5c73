"""The doors of counted links and of the picture: they lead on, and keep nothing of a request."""

import json
import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from newsletters import tokens
from newsletters.models import Contact, Delivery, DeliveryEvent, MailingList, TrackedLink
from newsletters.selectors import held, timeline
from newsletters.selectors.contacts import keys_of
from newsletters.services import delivery_events, erasure, old_mails, retention
from newsletters.states import DeliveryState, Heard, MailingState
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingVersionFactory,
)

URL = "https://example.org/written/é?a=1&b=2#end"
ADDRESS = "198.51.100.23"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ASKS = {"User-Agent": BROWSER, "Referer": "https://mail.example.net/inbox/7"}


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.TRACKING = True


@pytest.fixture
def mail(db):
    mailing = MailingFactory(
        lists=[MailingListFactory()],
        counts_opens=True,
        counts_clicks=True,
        state=MailingState.SENT,
        finished_at=timezone.now(),
    )
    TrackedLink.objects.create(mailing=mailing, url=URL)
    return DeliveryFactory(
        mailing=mailing,
        version=MailingVersionFactory(mailing=mailing),
        mailing_list=mailing.lists.get(),
        contact=ContactFactory(given_name="Dana"),
        state=DeliveryState.ACCEPTED,
        accepted_at=timezone.now() - timedelta(hours=3),
    )


def link_of(mail):
    link = mail.mailing.tracked_links.get()
    return reverse("newsletters:follow", args=[tokens.seal(tokens.CLICKED, mail.pk, link.pk, 0)])


def picture_of(mail):
    return reverse("newsletters:opened", args=[tokens.seal(tokens.OPENED, mail.pk, 0, 0)])


def leads_on(answer):
    return (answer.status_code, answer.get("Location")) == (
        302,
        "https://example.org/written/%C3%A9?a=1&b=2#end",
    )


def is_picture(answer):
    return answer.status_code == 200 and answer.content.startswith(b"GIF89a")


def test_a_link_leads_to_its_own_address_and_leaves_no_trace_of_the_request(client, mail, caplog):
    caplog.set_level(logging.DEBUG)
    for door in (link_of(mail), picture_of(mail)):
        answer = client.get(door, headers=ASKS, REMOTE_ADDR=ADDRESS)
        assert leads_on(answer) or is_picture(answer)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store, private"
        assert not answer.cookies
    assert leads_on(client.get(link_of(mail), {"url": "https://evil.example/", "next": "//evil"}))
    assert sorted(DeliveryEvent.objects.values_list("kind", flat=True)) == list(Heard)
    kept = str(list(DeliveryEvent.objects.values())) + caplog.text
    assert not any(part in kept for part in (ADDRESS, "Firefox", "mail.example.net"))


def test_an_altered_link_is_a_page_in_words_and_any_picture_is_the_same(client, mail):
    good = link_of(mail)
    known = client.get(picture_of(mail)).content
    for place in (4, 20, 45, 50):
        bad = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        answer = client.get(bad)
        assert (answer.status_code, b"<html" in answer.content) == (404, True)
        assert "Location" not in answer
    for token in ("x", "x" * 48, tokens.seal(tokens.UNSUBSCRIBE, mail.pk), good.split("/")[2]):
        answer = client.get(reverse("newsletters:opened", args=[token]))
        assert (answer.content, answer.status_code) == (known, 200)
    assert client.post(good).status_code == client.post(picture_of(mail)).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
    ],
)
def test_looking_ahead_is_not_reading(client, mail, headers):
    assert leads_on(client.get(link_of(mail), headers=ASKS | headers))
    assert is_picture(client.get(picture_of(mail), headers=ASKS | headers))
    assert leads_on(client.head(link_of(mail), headers=ASKS))
    client.head(picture_of(mail), headers=ASKS)
    assert not DeliveryEvent.objects.exists()


def test_a_link_works_for_good(client, mail):
    link = link_of(mail)

    def still():
        return leads_on(client.get(link, headers=ASKS))

    assert still()
    mail.mailing.finished_at = timezone.now() - timedelta(days=400)
    mail.mailing.save()
    retention.prune()
    assert still()
    erasure.erase(contact=mail.contact)
    old_mails.forget_addresses()
    MailingList.objects.all().delete()
    assert still()
    mail.delete()
    assert still()
    assert not DeliveryEvent.objects.exists()


def test_she_is_told_what_was_noted_and_nothing_of_it_stays_when_she_asks(client, mail):
    client.get(link_of(mail), headers=ASKS)
    her = mail.contact
    (section,) = [one for one in held.sections(her, str) if one.name == "heard"]
    today = timezone.now().date().isoformat()
    told = list(section.rows())
    assert [(row["What"], row["Link"]) for row in told] == [
        ("opened", ""),
        ("followed a link", URL),
    ]
    assert {row["Day"] for row in told} == {today}
    assert {row["Subject"] for row in told} == {"Write to the minister"}
    assert json.dumps(told)
    words = [item.words for item in timeline.of(her, keys_of(her)).items]
    assert f"Followed {URL} in “{mail.mailing.name}”" in words
    assert f"Opened “{mail.mailing.name}”" in words
    erasure.erase(contact=her)
    assert not DeliveryEvent.objects.exists()
    assert Delivery.objects.get().contact is None


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_does_not_wait_for_who_writes(client, mail, monkeypatch):
    """The row of the person (SQLite: the whole database) is held by somebody else."""
    monkeypatch.setattr(delivery_events, "MILLISECONDS", 100)
    held_now, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Contact.objects.select_for_update().get(pk=mail.contact_id)
            held_now.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held_now.wait(20)
    try:
        before = timezone.now()
        assert leads_on(client.get(link_of(mail), headers=ASKS))
        assert is_picture(client.get(picture_of(mail), headers=ASKS))
        assert timezone.now() - before < timedelta(seconds=5)
    finally:
        done.set()
        holder.join()
    assert not DeliveryEvent.objects.exists()
    client.get(link_of(mail), headers=ASKS)
    assert DeliveryEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_scanner_with_many_hands_is_one_row_a_link_and_nobody(mail):
    more = TrackedLink.objects.create(mailing=mail.mailing, url="https://example.org/more")
    links = [mail.mailing.tracked_links.earliest("pk").pk, more.pk] * 4
    ready = threading.Barrier(len(links))

    def follow(link):
        token = tokens.seal(tokens.CLICKED, mail.pk, link, 0)
        ready.wait(20)
        delivery_events.followed(token, agent=BROWSER)
        connection.close()

    hands = [threading.Thread(target=follow, args=[link]) for link in links]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert DeliveryEvent.objects.filter(kind=Heard.CLICKED).count() == 2
    assert not DeliveryEvent.objects.filter(by_machine=False).exists()
