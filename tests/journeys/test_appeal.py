"""An appeal from the first word to the report: written, looked at, approved, planned, sent."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Delivery, Mailing
from newsletters.services import suppressions
from newsletters.states import DeliveryState, MailingState, SuppressionReason
from tests.factories.newsletters import (
    ContactFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.petitions import PetitionFactory, SignatureFactory
from worker.celery import app

WRITES = ["newsletters.view_mailing", "newsletters.add_mailing", "newsletters.change_mailing"]
APPROVES = ["newsletters.view_mailing", "newsletters.approve_mailing"]


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.CONTENT_LANGUAGES = ["en", "ru"]
    settings.SITE_NAME = "Free Ana"


def url(name, mailing, *more):
    return reverse(f"staff:{name}", args=[mailing.pk, *more])


def words(response):
    return " ".join(response.content.decode().split())


def logged_in(client, rights):
    client.force_login(UserFactory(permissions=rights))
    return client


def readers(mailing_list, count, **fields):
    return [
        SubscriptionFactory(mailing_list=mailing_list, contact=ContactFactory(**fields)).contact
        for _ in range(count)
    ]


def write(client, name="Doctor"):
    """Through the composer: an English and a Russian text."""
    data = {"name": name, "default_language": "en", "doubt_policy": "resend"}
    client.post(
        reverse("staff:mailing_new"),
        {**data, "sender_name": "Ana’s friends", "reply_to": "desk@example.org"},
    )
    mailing = Mailing.objects.get(name=name)
    for language, subject, words_of_button in (
        ("en", "{{ given_name }}, two minutes for Ana", "Write now"),
        ("ru", "{{ given_name }}, две минуты для Аны", "Написать"),
    ):
        client.post(
            url("mailing_text", mailing, language),
            {
                "subject": subject,
                "block": ["b0:heading", "b1:text", "b2:button"],
                "b0-words": "Let the nurse see a doctor",
                "b1-html": 'Dear {{ given_name | default: "friend" }},\n\n.please write.',
                "b2-words": words_of_button,
                "b2-url": "https://example.org/act/12",
            },
        )
    return mailing


def choose(client, mailing, mailing_list, **more):
    return client.post(url("mailing_audience", mailing), {"lists": [mailing_list.pk], **more})


def on_its_way(desk, mailing_list):
    """A mailing that was written, approved and sent off; its list is made, nobody has it yet."""
    mailing = write(desk)
    choose(desk, mailing, mailing_list)
    desk.post(url("mailing_move", mailing), {"do": "approve"})
    desk.post(url("mailing_schedule", mailing), {"do": "now"})
    app.tasks["newsletters.expand_mailing"](mailing.pk)
    return mailing


def started(mailing):
    """The scheduler ticks, and workers answer what rings."""
    app.tasks["newsletters.start_due"]()
    mailing.refresh_from_db()


def test_an_appeal_is_written_approved_planned_and_sent(client, post, rung):
    karsh = MailingListFactory(name="Letters from Karsh")
    petition = PetitionFactory()
    dana = readers(karsh, 1, given_name="Dana", email="dana@example.org")[0]
    readers(karsh, 2, given_name="", language="ru")
    signer, blocked = readers(karsh, 2)
    SignatureFactory(petition=petition, email=signer.email)
    suppressions.suppress(address_key=blocked.address_key, reason=SuppressionReason.COMPLAINED)

    # The organiser writes, chooses and looks.
    organiser = logged_in(client, WRITES)
    mailing = write(organiser)
    rule = {"joiner-0": "all", "node": ["1:1:signed_petition.is_not"], "value-1-0": petition.pk}
    counted = choose(organiser, mailing, karsh, **rule, do="count")
    assert "3 people" in words(counted)
    choose(organiser, mailing, karsh, **rule)
    looked = organiser.post(url("mailing_preview", mailing), {"address": dana.email}, follow=True)
    assert "Dana, two minutes for Ana" in words(looked)
    organiser.post(url("mailing_test", mailing), {"test-address": "desk@example.org"})
    (test,) = post.deliver()
    assert test.subject == "[Test] Alex, two minutes for Ana"
    assert "nobody was taken off a list" in words(client.get(test.link("test-mail")))

    # Somebody else approves and plans it.
    approver = logged_in(client, APPROVES)
    approver.post(url("mailing_move", mailing), {"do": "approve"})
    when = timezone.now() + timedelta(minutes=5)
    plan = {"when": when.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC", "do": "plan"}
    approver.post(url("mailing_schedule", mailing), plan)
    started(mailing)
    assert mailing.state == MailingState.SCHEDULED
    Mailing.objects.filter(pk=mailing.pk).update(scheduled_at=timezone.now())
    started(mailing)
    assert mailing.state == MailingState.EXPANDING
    rung.answer()
    started(mailing)
    assert mailing.state == MailingState.SENT

    mails = {mail.recipient: mail for mail in post.deliver()}
    hers = mails.pop("dana@example.org")
    complete(hers, karsh)
    assert len(mails) == 2
    assert {mail.subject for mail in mails.values()} == {", две минуты для Аны"}
    assert all("Dear friend," in mail.text for mail in mails.values())

    # She leaves by the mail's own header; the report says so.
    way_out = re.findall(r"<https?://testserver(/u/[^>]+)>", hers.message["List-Unsubscribe"])
    assert client.post(way_out[0], {"List-Unsubscribe": "One-Click"}).status_code == 200
    report = words(client.get(url("mailing", mailing)))
    assert "to 3 people" in report
    assert "1 person left the list after getting it" in report
    assert "Finished on" in report


def complete(mail, mailing_list):
    """Everything a bulk mail carries, and nothing that asks another host."""
    assert mail.subject == "Dana, two minutes for Ana"
    sender = mail.message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Ana’s friends", "campaign@testserver")
    assert mail.message["Reply-To"] == "desk@example.org"
    assert mail.message["List-Id"] == f"<{mailing_list.slug}.testserver>"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "mailto:leave+" in mail.message["List-Unsubscribe"]
    assert "Dear Dana," in mail.text
    assert "Orrin" in mail.html
    assert re.findall(r"""(?:src|background)=["']([^"']+)""", mail.html) == []


def test_pause_mend_go_on_and_cancel_reach_exactly_those_still_to_go(client, post, rung):
    karsh = MailingListFactory()
    people = readers(karsh, 6, given_name="Dana")
    desk = logged_in(client, [*WRITES, "newsletters.approve_mailing"])
    mailing = on_its_way(desk, karsh)
    # Two are due now, four a little later, so that the mailing can be stopped between them.
    later = [row.pk for row in mailing.deliveries.order_by("pk")[2:]]
    Delivery.objects.filter(pk__in=later).update(due_at=timezone.now() + timedelta(minutes=5))
    assert len(post.deliver()) == 2

    desk.post(url("mailing_move", mailing), {"do": "pause"})
    Delivery.objects.filter(pk__in=later[:2]).update(due_at=timezone.now())
    assert post.deliver() == []
    desk.post(
        url("mailing_text", mailing, "en"),
        {"subject": "Mended", "block": ["b0:text"], "b0-html": "Please write."},
    )
    desk.post(url("mailing_move", mailing), {"do": "revise"})
    desk.post(url("mailing_move", mailing), {"do": "resume"})
    assert [mail.subject for mail in post.deliver()] == ["Mended", "Mended"]

    desk.post(url("mailing_move", mailing), {"do": "cancel"})
    Delivery.objects.filter(pk__in=later).update(due_at=timezone.now())
    assert post.deliver() == []
    states = list(mailing.deliveries.order_by("pk").values_list("state", "version__number"))
    assert states == [
        (DeliveryState.ACCEPTED, 1),
        (DeliveryState.ACCEPTED, 1),
        (DeliveryState.ACCEPTED, 2),
        (DeliveryState.ACCEPTED, 2),
        (DeliveryState.CANCELLED, 2),
        (DeliveryState.CANCELLED, 2),
    ]
    report = words(desk.get(url("mailing", mailing)))
    assert "Cancelled on" in report
    assert "Which text each got" in report
    assert Mailing.objects.get(pk=mailing.pk).total == len(people)


def test_who_leaves_between_the_list_and_the_send_gets_nothing_more(client, post, rung):
    karsh = MailingListFactory()
    leaver, stayer = readers(karsh, 2)
    desk = logged_in(client, [*WRITES, "newsletters.approve_mailing"])
    mailing = on_its_way(desk, karsh)
    suppressions.suppress(address_key=leaver.address_key, reason=SuppressionReason.LEFT_ALL)
    assert [mail.recipient for mail in post.deliver()] == [stayer.email]
    page = words(desk.get(url("mailing", mailing)))
    assert "the address is not to be written to" in page
    people = words(desk.get(url("mailing_people", mailing), {"reason": "suppressed"}))
    assert leaver.email in people
    assert stayer.email not in people
