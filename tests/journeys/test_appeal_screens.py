"""The mailing pages in a real browser: usable by everybody, fit for a phone, and live."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.states import DeliveryState, MailingState
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    MailingVersionFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

RIGHTS = (
    "newsletters.view_mailing",
    "newsletters.add_mailing",
    "newsletters.change_mailing",
    "newsletters.approve_mailing",
    "newsletters.export_contact",
)


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.CONTENT_LANGUAGES = ["en", "ru"]


@pytest.fixture
def desk_for(page_for, site, client, settings):
    """``desk_for(390)``: a page that wide with somebody logged in who may do everything here."""
    client.force_login(UserFactory(permissions=RIGHTS))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": site}

    def opened(width):
        page = page_for(width)
        page.context.add_cookies([cookie])
        return page

    return opened


@pytest.fixture
def draft():
    wanted, other = MailingListFactory(name="Letters from Karsh"), MailingListFactory(name="Press")
    for language in ("en", "ru", "ru"):
        SubscriptionFactory(mailing_list=wanted, contact=ContactFactory(language=language))
    mailing = MailingFactory(lists=[wanted], name="Let the nurse see a doctor")
    mailing.excluded_lists.add(other)
    MailingTextFactory(mailing=mailing, subject="{{ given_name }}, two minutes for Ana")
    return mailing


@pytest.fixture
def running():
    mailing = MailingFactory(
        lists=[MailingListFactory()], state=MailingState.SENDING, started_at=timezone.now(), total=6
    )
    MailingTextFactory(mailing=mailing)
    version = MailingVersionFactory(mailing=mailing)
    soon = timezone.now() + timedelta(minutes=10)
    for row in (
        {"state": DeliveryState.ACCEPTED, "accepted_at": timezone.now()},
        {"state": DeliveryState.READY},
        {"state": DeliveryState.READY},
        {"state": DeliveryState.REFUSED, "last_code": "550 5.1.1", "last_text": "no such user"},
        {"state": DeliveryState.SKIPPED, "reason": "unsubscribed"},
        {"state": DeliveryState.UNSURE, "due_at": soon, "dated_at": timezone.now()},
    ):
        DeliveryFactory(mailing=mailing, version=version, **row)
    return mailing


def url(name, mailing, *more):
    return reverse(f"staff:{name}", args=[mailing.pk, *more])


def test_the_count_follows_the_boxes(desk_for, draft):
    page = desk_for(1280)
    page.goto(url("mailing_audience", draft))
    assert "3 people" in page.inner_text("#count")
    page.get_by_label("Letters from Karsh").first.uncheck()
    page.locator("#count", has_text="0 people").wait_for()


def test_the_report_follows_the_rows_and_the_end_of_the_mailing(desk_for, running):
    page = desk_for(1280)
    page.goto(url("mailing", running))
    assert "2 still to go" in page.inner_text("#progress .keys")
    running.deliveries.filter(state=DeliveryState.READY).update(
        state=DeliveryState.ACCEPTED, accepted_at=timezone.now()
    )
    page.locator("#progress .keys", has_text="3 accepted").wait_for(timeout=10_000)
    running.deliveries.update(state=DeliveryState.ACCEPTED)
    running.state, running.finished_at = MailingState.SENT, timezone.now()
    running.save()
    page.get_by_text("Finished on").wait_for(timeout=10_000)


def test_the_mail_stands_in_its_frame(desk_for, draft):
    page = desk_for(1280)
    page.goto(url("mailing_preview", draft))
    page.frame_locator("iframe").get_by_text("Please write.").wait_for()
