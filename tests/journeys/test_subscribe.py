"""A supporter subscribes, confirms, chooses, gets a letter, and leaves with one click."""

import re

import pytest
from django.test import Client

from newsletters.models import ConsentEvent, Subscription
from newsletters.states import DeliveryState, MailingState, SubscriptionState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingVersionFactory,
    TopicFactory,
    trap_fields,
)
from tests.infra.browser import aside

WIDTHS = (390, 1280)


def a_letter_to(row):
    """A mailing to her list with her mail still to go."""
    mailing = MailingFactory(lists=[row.mailing_list], state=MailingState.SENDING)
    version = MailingVersionFactory(mailing=mailing)
    return DeliveryFactory(
        contact=row.contact, mailing=mailing, version=version, mailing_list=row.mailing_list
    )


def test_from_the_form_to_the_one_click_of_a_mail_program(client, post):
    letters = MailingListFactory(name="Letters from Karsh")
    client.post(
        "/subscribe/",
        {"email": "Mira@Example.org", "lists": [letters.pk], "language": "en", **trap_fields()},
    )
    (mail,) = post.deliver()
    assert mail.recipient == "mira@example.org"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["List-Unsubscribe"] is None

    page = client.get(mail.link("/c/"))
    shown = re.findall(r'name="list" value="([^"]+)"', page.text)
    client.post(mail.link("/c/"), {"list": shown})
    row = Subscription.objects.get()
    assert row.state == SubscriptionState.ACTIVE
    (welcome,) = post.deliver()
    assert client.get(welcome.link("/p/")).status_code == 200

    a_letter_to(row)
    waiting = a_letter_to(row)
    waiting.mailing.state = MailingState.PAUSED
    waiting.mailing.save()
    (letter,) = post.deliver()
    link, mailto = re.findall(r"<([^>]+)>", letter.message["List-Unsubscribe"])
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mailto.startswith("mailto:leave+")

    program = Client(enforce_csrf_checks=True)
    answer = program.post(
        link.removeprefix("http://testserver"),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.state == SubscriptionState.UNSUBSCRIBED
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.SKIPPED
    acts = [(event.act, event.method) for event in ConsentEvent.objects.all()]
    assert acts == [
        ("requested", "subscribe form"),
        ("granted", "confirmation mail"),
        ("withdrawn", "one-click"),
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_the_way_in_a_browser(page_for, post, axe, width):
    letters = MailingListFactory(
        name="Letters from Karsh", description="One letter a week about people held in Karsh."
    )
    MailingListFactory(name="Urgent actions", description="When hours count; about ten a year.")
    TopicFactory(name="Trials", slug="trials")
    page = page_for(width)

    def look(name):
        assert axe(page) == [], name
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"

    page.goto("/subscribe/")
    look("subscribe")
    page.get_by_label("Your e-mail address").fill("mira")
    page.wait_for_timeout(1600)  # faster than a person would be taken for a program
    page.get_by_role("button", name="Subscribe").click()
    look("subscribe with errors")
    page.get_by_label("Your e-mail address").fill("mira@gmial.com")
    page.get_by_label("Your name").fill("Mira Tolan")
    page.get_by_label("Letters from Karsh").check()
    page.get_by_role("button", name="Subscribe").click()
    look("did you mean")
    page.get_by_role("button", name="Yes, use mira@gmail.com").click()
    look("sent")

    (mail,) = aside(post.deliver)
    page.goto(mail.link("/c/"))
    look("confirm")
    page.get_by_role("button", name="Yes, I confirm").click()
    look("confirmed")
    (welcome,) = aside(post.deliver)
    page.goto(welcome.link("/p/"))
    look("preferences")
    page.get_by_label("Urgent actions").check()
    page.get_by_label("Trials").check()
    page.get_by_role("button", name="Save").click()
    assert "Saved" in page.inner_text("main")
    look("preferences saved")

    row = Subscription.objects.get(mailing_list=letters)
    a_letter_to(row)
    (letter,) = aside(post.deliver)
    link = re.findall(r"<([^>]+)>", letter.message["List-Unsubscribe"])[0]
    page.goto(link)
    look("unsubscribe")
    page.get_by_role("button", name="Leave").click()
    look("unsubscribed")
    page.get_by_role("button", name="Mail me that link").click()
    look("fresh link sent")
    page.goto(welcome.link("/p/"))
    page.get_by_role("button", name="Leave everything").click()
    assert "You have left everything" in page.inner_text("main")
    look("left everything")
    states = set(Subscription.objects.values_list("state", flat=True))
    assert states == {SubscriptionState.UNSUBSCRIBED}
