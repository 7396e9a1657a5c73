"""What is heard of a mail: people once, machines apart, and of some people nothing at all."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.services import cases
from newsletters import tokens
from newsletters.models import DeliveryEvent, Mailing, MailingList, Merge, TrackedLink
from newsletters.selectors import tracking as selector
from newsletters.services import delivery_events, erasure, merges, suppressions
from newsletters.services.merges import Pair
from newsletters.states import DeliveryState, Heard, MailingState, SuppressionReason
from tests.factories.campaigns import CaseFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROXY = "Mozilla/5.0"
HOURS = timedelta(hours=3)


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.TRACKING = True


@pytest.fixture
def sent():
    """A mailing that counts everything and was accepted just now; its list is ``lists[0]``."""
    mailing = MailingFactory(
        lists=[MailingListFactory()],
        counts_opens=True,
        counts_clicks=True,
        state=MailingState.SENDING,
    )
    for number in range(3):
        TrackedLink.objects.create(mailing=mailing, url=f"https://example.org/act/{number}")
    return mailing


@pytest.fixture
def mail(sent):
    return mail_of(sent, ContactFactory())


def mail_of(mailing, contact):
    return DeliveryFactory(
        mailing=mailing,
        contact=contact,
        mailing_list=mailing.lists.get(),
        state=DeliveryState.ACCEPTED,
        accepted_at=timezone.now(),
    )


def link(mailing, number=0):
    return mailing.tracked_links.order_by("pk")[number]


def opens(mail, *, after=HOURS, agent=BROWSER):
    with time_machine.travel(mail.accepted_at + after, tick=False):
        delivery_events.opened(tokens.seal(tokens.OPENED, mail.pk, 0, 0), agent=agent)


def follows(mail, number=0, *, after=HOURS, agent=BROWSER):
    with time_machine.travel(mail.accepted_at + after, tick=False):
        token = tokens.seal(tokens.CLICKED, mail.pk, link(mail.mailing, number).pk, 0)
        delivery_events.followed(token, agent=agent)


def seconds(number):
    return timedelta(seconds=number)


def by_people():
    return DeliveryEvent.objects.filter(by_machine=False)


def test_people_are_counted_and_not_how_often(sent, mail):
    for _time in range(2):
        opens(mail)
        follows(mail, 0)
        follows(mail, 1, after=HOURS + seconds(30))
    other = mail_of(sent, ContactFactory())
    follows(other, 1)
    figures = selector.figures(sent)
    assert (figures.opened, figures.clicked, figures.by_machines) == (2, 2, 0)
    assert [(url[-1], people) for url, people in figures.links] == [("1", 2), ("0", 1), ("2", 0)]
    event = by_people().filter(kind=Heard.CLICKED, delivery=mail).first()
    assert (event.contact, event.mailing) == (mail.contact, sent)


def test_prefetch_gateway_and_person_are_told_apart(sent, mail):
    opens(mail, after=seconds(3), agent=PROXY)
    for number in range(3):
        follows(mail, number, after=seconds(40 + number / 4))
    figures = selector.figures(sent)
    assert (figures.opened, figures.clicked, figures.by_machines) == (0, 0, 1)
    follows(mail, 1)
    figures = selector.figures(sent)
    assert (figures.opened, figures.clicked, figures.by_machines) == (1, 1, 0)
    assert figures.links[0] == ("https://example.org/act/1", 1)
    # The gateway looks again; what she did stays hers.
    follows(mail, 1, after=HOURS * 2, agent="curl/8")
    opens(mail, after=HOURS * 2, agent=PROXY)
    assert by_people().count() == 2


def test_a_late_scanner_is_known_by_following_two_links_at_once(mail):
    for number in range(3):
        follows(mail, number, after=HOURS + seconds(number / 2))
    # With the opening that the first of them seemed to show.
    assert DeliveryEvent.objects.count() == 4
    assert not by_people().exists()
    follows(mail, 2, after=HOURS + seconds(90))
    assert sorted(by_people().values_list("kind", flat=True)) == [Heard.OPENED, Heard.CLICKED]


@pytest.mark.parametrize("agent", ["", "TelegramBot (like TwitterBot)", "python-requests/2"])
def test_a_program_that_is_no_browser_follows_for_nobody(mail, agent):
    follows(mail, agent=agent)
    assert not by_people().exists()


def a_mailing_that_does_not_count(mail, _settings):
    Mailing.objects.update(counts_opens=False, counts_clicks=False)


def an_installation_that_does_not_count(_mail, settings):
    settings.TRACKING = False


def a_list_that_became_sensitive(_mail, _settings):
    MailingList.objects.update(is_sensitive=True)


def somebody_left_alone(mail, _settings):
    suppressions.suppress(address_key=mail.contact.address_key, reason=SuppressionReason.LEFT_ALL)


def somebody_forgotten(mail, _settings):
    erasure.erase(contact=mail.contact)


def a_mailing_long_over(mail, _settings):
    Mailing.objects.update(finished_at=mail.accepted_at + HOURS - timedelta(days=89, seconds=1))


def a_mailing_that_never_ends(mail, _settings):
    began = mail.accepted_at + HOURS - timedelta(days=89, seconds=1)
    Mailing.objects.update(finished_at=None, started_at=began)


@pytest.mark.parametrize(
    "of",
    [
        a_mailing_that_does_not_count,
        an_installation_that_does_not_count,
        a_list_that_became_sensitive,
        somebody_left_alone,
        somebody_forgotten,
        a_mailing_long_over,
        a_mailing_that_never_ends,
    ],
)
def test_nothing_is_noted_of(of, mail, settings):
    of(mail, settings)
    opens(mail)
    follows(mail)
    assert not DeliveryEvent.objects.exists()


def test_nothing_is_noted_where_it_leads_to_somebody_at_risk(sent, mail):
    case = CaseFactory()
    TrackedLink.objects.filter(pk=link(sent).pk).update(url=f"http://testserver/cases/{case.slug}/")
    follows(mail)
    other = mail_of(MailingFactory(lists=[sent.lists.get()], counts_opens=True), mail.contact)
    opens(other)
    assert DeliveryEvent.objects.count() == 3
    case.is_sensitive = True
    cases.save(case=case)
    assert DeliveryEvent.objects.get().delivery == other
    follows(mail)
    opens(mail)
    assert DeliveryEvent.objects.count() == 1


def test_a_link_of_another_mailing_is_not_noted(mail):
    other = TrackedLink.objects.create(mailing=MailingFactory(), url="https://example.org/")
    with time_machine.travel(mail.accepted_at + HOURS, tick=False):
        token = tokens.seal(tokens.CLICKED, mail.pk, other.pk, 0)
        delivery_events.followed(token, agent=BROWSER)
    assert not DeliveryEvent.objects.exists()


def test_two_made_one_are_one_reader_and_part_with_what_was_heard_since(sent, mail):
    kept = ContactFactory()
    both = mail_of(sent, kept)
    lone = mail_of(MailingFactory(lists=[sent.lists.get()], counts_opens=True), mail.contact)
    gone_pk = mail.contact.pk
    for row in (mail, both):
        opens(row)
    merges.merge(pair=Pair(kept=kept, gone=mail.contact), choices={}, by=UserFactory())
    assert selector.figures(sent).opened == 1
    opens(lone)
    assert DeliveryEvent.objects.filter(contact=kept).count() == 3
    merges.undo(merge=Merge.objects.get(), by=UserFactory())
    heard = set(DeliveryEvent.objects.values_list("delivery", "contact"))
    assert heard == {(mail.pk, gone_pk), (lone.pk, gone_pk), (both.pk, kept.pk)}
