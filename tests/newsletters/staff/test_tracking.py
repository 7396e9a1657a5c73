"""Counting opens and clicks on the screens: asked for, refused with its reason, shown after."""

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import DeliveryEvent, Mailing, MailingList, TrackedLink
from newsletters.states import DeliveryState, Heard, MailingState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
URL = "https://example.org/write"


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.TRACKING = True


@pytest.fixture
def desk(client, organiser):
    client.force_login(organiser)
    return client


def written(**fields):
    mailing = MailingFactory(lists=[MailingListFactory(name="Letters")], **fields)
    MailingTextFactory(mailing=mailing)
    return mailing


def page(name, mailing):
    return reverse(f"staff:{name}", args=[mailing.pk])


def words(response):
    return " ".join(response.content.decode().split())


def test_nothing_is_counted_until_an_organiser_asks_for_it(desk):
    mailing = written()
    assert "not counted" in words(desk.get(page("mailing", mailing)))
    asked = words(desk.get(page("mailing_tracking", mailing)))
    assert "After 90 days it is forgotten who" in asked
    assert "checked" not in asked
    desk.post(page("mailing_tracking", mailing), {"clicks": "on"})
    mailing.refresh_from_db()
    assert (mailing.counts_opens, mailing.counts_clicks) == (False, True)
    assert "who follows its links" in words(desk.get(page("mailing", mailing)))
    assert "which links in this mail are followed" in words(
        desk.get(page("mailing_preview", mailing) + "?view=text")
    )
    desk.post(page("mailing_tracking", mailing), {})
    assert not Mailing.objects.get(pk=mailing.pk).is_counted


def test_where_the_operator_has_it_off_no_page_offers_it(desk, settings):
    settings.TRACKING = False
    mailing = written()
    assert "Opens and clicks" not in words(desk.get(page("mailing", mailing)))
    shown = words(desk.get(page("mailing_tracking", mailing)))
    assert "switched off for this installation" in shown
    assert 'name="clicks"' not in shown
    desk.post(page("mailing_tracking", mailing), {"clicks": "on"})
    assert not Mailing.objects.get(pk=mailing.pk).is_counted


def test_a_sensitive_list_says_why_it_is_not_counted_and_how_to_go_on(desk):
    mailing = written(counts_opens=True)
    MailingList.objects.update(is_sensitive=True)
    review = desk.get(page("mailing", mailing))
    assert "“Letters” is a sensitive list" in words(review)
    assert review.context["objections"]
    asked = words(desk.get(page("mailing_tracking", mailing)))
    assert "“Letters” is a sensitive list" in asked
    assert 'name="opens"' not in asked
    assert "Count nothing" in asked
    desk.post(page("mailing_tracking", mailing))
    assert not desk.get(page("mailing", mailing)).context["objections"]


def test_what_was_approved_meanwhile_is_not_changed_by_the_open_page(desk):
    mailing = written(state=MailingState.APPROVED)
    assert desk.get(page("mailing_tracking", mailing)).status_code == 302
    answer = desk.post(page("mailing_tracking", mailing), {"opens": "on"}, follow=True)
    assert "only be changed while the mailing is a draft" in words(answer)
    assert not Mailing.objects.get(pk=mailing.pk).is_counted


def test_the_report_shows_people_machines_and_links_apart(desk):
    counts = {"counts_opens": True, "counts_clicks": True}
    mailing = written(state=MailingState.SENT, started_at=timezone.now(), total=4, **counts)
    link = TrackedLink.objects.create(mailing=mailing, url=URL)
    mails = DeliveryFactory.create_batch(4, mailing=mailing, state=DeliveryState.ACCEPTED)
    opened = [(mail, Heard.OPENED, None, False) for mail in mails[:2]]
    for mail, kind, about, by_machine in (
        *opened,
        (mails[0], Heard.CLICKED, link, False),
        (mails[3], Heard.CLICKED, link, True),
    ):
        DeliveryEvent.objects.create(
            delivery=mail,
            contact=mail.contact,
            mailing=mailing,
            kind=kind,
            link=about,
            by_machine=by_machine,
            happened_at=timezone.now(),
        )
    shown = words(desk.get(page("mailing", mailing)))
    for sentence in (
        "2 opened it",
        "1 followed a link",
        "3 followed none",
        "With 1 more person it was only a machine",
        f'<bdi>{URL}</bdi></td><td class="n">1</td>',
    ):
        assert sentence in shown
    Mailing.objects.update(counts_opens=False, counts_clicks=False)
    assert "pens and clicks" not in words(desk.get(page("mailing", mailing)))


def test_a_list_cannot_turn_sensitive_while_a_mailing_to_it_is_counted(client):
    mailing = written(state=MailingState.SENDING, counts_clicks=True)
    chosen = mailing.lists.get()
    rights = ["newsletters.view_mailinglist", "newsletters.change_mailinglist"]
    client.force_login(UserFactory(permissions=rights))
    answer = client.post(
        reverse("staff:list", args=[chosen.pk]),
        {"name": chosen.name, "double_opt_in": "on", "is_sensitive": "on"},
    )
    assert answer.status_code == 422
    assert mailing.name in " ".join(answer.context["form"].errors["is_sensitive"])
    chosen.refresh_from_db()
    assert not chosen.is_sensitive
