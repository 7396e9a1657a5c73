"""Whether opens and clicks may be counted, who says so, and what is frozen then."""

import re
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings

from newsletters.errors import ListRefused, MailingRefused
from newsletters.models import DeliveryEvent, TrackedLink
from newsletters.services import lists, mailings, previews, tracking, versions
from newsletters.services.lists import Details
from newsletters.states import Heard, MailingKind, MailingState
from tests.factories.campaigns import ActionFactory, CaseFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
)

pytestmark = pytest.mark.django_db
LINK = "https://example.org/act/12"


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.TRACKING = True
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, ".karsh.example"]


def draft(*, link=LINK, **fields):
    mailing = MailingFactory(lists=[MailingListFactory()], **fields)
    blocks = [{"type": "text", "html": f'<p>Please <a href="{link}">write</a>.</p>'}]
    MailingTextFactory(mailing=mailing, blocks=blocks)
    return mailing


def sensitive(mailing_list, **more):
    return lists.change(
        mailing_list=mailing_list, details=Details(mailing_list.name, is_sensitive=True, **more)
    )


def test_off_is_how_it_comes(settings):
    assert not draft().is_counted
    settings.TRACKING = False
    assert "switched off" in tracking.allowed(draft())


def test_a_draft_is_switched_by_hand_and_only_a_draft():
    mailing = draft()
    assert tracking.allowed(mailing) == ""
    tracking.switch(mailing=mailing, opens=True, clicks=False)
    mailing.refresh_from_db()
    assert (mailing.counts_opens, mailing.counts_clicks) == (True, False)
    mailing.state = MailingState.SENDING
    mailing.save()
    with pytest.raises(MailingRefused, match="while the mailing is a draft"):
        tracking.switch(mailing=mailing, opens=False, clicks=False)


def on_a_sensitive_list(mailing):
    sensitive(mailing.lists.get())


def about_a_case(mailing):
    case = CaseFactory(is_sensitive=True)
    leads_to(mailing, f"{django_settings.SITE_URL}/cases/{case.slug}/")


def for_her_urgent_action(mailing):
    action = ActionFactory(case__is_sensitive=True)
    leads_to(mailing, f"{django_settings.SITE_URL}/urgent-actions/{action.slug}/write/?x=1")


def by_another_name_of_ours(mailing):
    case = CaseFactory(is_sensitive=True, slug="ана-ковач")
    leads_to(mailing, f"https://WWW.karsh.example/cases/{quote(case.slug)}/")


def in_a_digest(mailing):
    mailing.kind = MailingKind.DIGEST


def leads_to(mailing, url):
    text = mailing.texts.get()
    text.blocks = [{"type": "button", "words": "Write", "url": url}]
    text.save()


@pytest.mark.parametrize(
    ("makes", "says"),
    [
        (on_a_sensitive_list, "is a sensitive list"),
        (about_a_case, "/cases/"),
        (by_another_name_of_ours, "/cases/"),
        (for_her_urgent_action, "about somebody at risk"),
        (in_a_digest, "issues of a digest"),
    ],
)
def test_what_is_sensitive_is_never_counted(makes, says):
    mailing = draft()
    makes(mailing)
    assert says in tracking.allowed(mailing)
    with pytest.raises(MailingRefused, match=says):
        tracking.switch(mailing=mailing, opens=True, clicks=False)
    tracking.switch(mailing=mailing, opens=False, clicks=False)


def test_a_page_that_is_not_sensitive_may_be_counted():
    mailing = draft(link=f"{django_settings.SITE_URL}/cases/{CaseFactory().slug}/")
    assert tracking.allowed(mailing) == ""


def test_approval_asks_again(organiser, settings):
    mailing = draft()
    tracking.switch(mailing=mailing, opens=True, clicks=True)
    settings.TRACKING = False
    with pytest.raises(MailingRefused, match=r"Opens and clicks: .* switched off"):
        mailings.approve(mailing=mailing, by=organiser)
    assert not TrackedLink.objects.exists()


def test_the_frozen_text_counts_and_everything_else_is_as_before(organiser):
    mailing = draft()
    first = versions.freeze(mailing)
    assert "click_" not in str(first.parts)
    tracking.switch(mailing=mailing, opens=True, clicks=True)
    mailings.approve(mailing=mailing, by=organiser)
    mailing.refresh_from_db()
    second = mailing.versions.get(number=2)
    link = TrackedLink.objects.get()
    assert (link.mailing, link.url) == (mailing, LINK)
    part = second.parts["en"][""]
    for body in (part["html"], part["text"]):
        assert f"{{{{ click_{link.pk} }}}}" in body
        assert LINK not in body
        assert "We count who opens this mail and which of its links are followed." in body
    assert "open_url" in part["html"]
    # Again is the same, and who looks at it sees where it leads.
    assert versions.freeze(mailing) == second
    assert not versions.is_edited(mailing)
    shown = previews.preview(mailing=mailing, language="en", reader=ContactFactory())
    assert f'href="{LINK}"' in shown.html
    assert not re.search(r"/l/|/o/|open_url|click_", shown.html + shown.text)


def test_a_list_becomes_sensitive_and_nothing_about_its_mailings_is_known_any_more(organiser):
    mailing, other = draft(counts_opens=True), draft(counts_opens=True)
    sent = draft(counts_opens=True, state=MailingState.SENT)
    sent.lists.set(mailing.lists.all())
    for row in (DeliveryFactory(mailing=sent), DeliveryFactory(mailing=other)):
        DeliveryEvent.objects.create(
            delivery=row,
            contact=row.contact,
            mailing=row.mailing,
            kind=Heard.OPENED,
            happened_at=row.due_at,
        )
    mailings.approve(mailing=mailing, by=organiser)
    its_list = mailing.lists.get()
    with pytest.raises(ListRefused, match=f"“{mailing.name}” goes to this list") as refused:
        sensitive(its_list)
    assert refused.value.code == "is_sensitive"
    its_list.refresh_from_db()
    assert not its_list.is_sensitive
    assert DeliveryEvent.objects.count() == 2

    mailings.cancel(mailing=mailing, by=organiser)
    drafted = draft(counts_clicks=True)
    drafted.lists.set([its_list])
    sensitive(its_list)
    drafted.refresh_from_db()
    assert not drafted.is_counted
    assert DeliveryEvent.objects.get().mailing == other
