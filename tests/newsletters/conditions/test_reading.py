"""Questions about opens and clicks: of people, never of machines, and never of what is unknown."""

import pytest
from django.urls import reverse

from campaigns.services import cases
from newsletters.errors import SegmentRefused
from newsletters.models import DeliveryEvent, MailingList, Segment, TrackedLink
from newsletters.ports import conditions
from newsletters.selectors import segments
from newsletters.selectors.segment_words import GAP, OPENS_AND_CLICKS
from newsletters.services import expansion, versions
from newsletters.states import DeliveryState, Heard, MailingState
from tests.factories.campaigns import CaseFactory
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingVersionFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.newsletters.conditions.asking import ago, person, who

pytestmark = pytest.mark.django_db
URL = "https://example.org/write"


@pytest.fixture(autouse=True)
def counting(settings):
    settings.TRACKING = True


def sent(days, **fields):
    """A mailing that ended so many days ago and was counted."""
    usual = {"state": MailingState.SENT, "finished_at": ago(days)}
    return MailingFactory(**{**usual, "counts_opens": True, "counts_clicks": True, **fields})


def got(mailing, *people):
    accepted = {"state": DeliveryState.ACCEPTED, "accepted_at": ago(1)}
    return [DeliveryFactory(mailing=mailing, contact=contact, **accepted) for contact in people]


def heard(delivery, link=None, days=1, **fields):
    return DeliveryEvent.objects.create(
        delivery=delivery,
        contact=delivery.contact,
        mailing=delivery.mailing,
        kind=Heard.CLICKED if link else Heard.OPENED,
        link=link,
        happened_at=ago(days),
        **fields,
    )


def test_who_opened_and_who_did_not():
    mailing, other = sent(5), sent(60)
    ada, bo, cy, _di = (person(name) for name in ("ada", "bo", "cy", "di"))
    by_ada, by_bo, _by_cy = got(mailing, ada, bo, cy)
    heard(by_ada, days=4)
    heard(by_bo, days=4, by_machine=True)
    heard(got(other, cy)[0], days=50)
    assert who("opened", "is", mailing.pk) == {"ada"}
    assert who("opened", "is_not", mailing.pk) == {"bo", "cy"}
    assert who("opened", "within", 30) == {"ada"}
    assert who("opened", "within", 90) == {"ada", "cy"}
    assert who("opened", "not_within", 30) == {"bo", "cy", "di"}
    assert who("clicked", "within", 90) == set()
    offered = [(str(row.pk), row.name) for row in (other, mailing)]
    assert conditions()["opened"].choices() == conditions()["clicked"].choices() == offered


def test_who_followed_a_link_and_who_did_not():
    mailing = sent(5, name="For Mira")
    link, unused = (
        TrackedLink.objects.create(mailing=mailing, url=url) for url in (URL, f"{URL}/2")
    )
    ada, bo, cy = (person(name) for name in ("ada", "bo", "cy"))
    person("di")
    by_ada, by_bo, by_cy = got(mailing, ada, bo, cy)
    heard(by_ada, link)
    heard(by_bo, link, by_machine=True)
    heard(by_bo, unused)
    heard(by_cy)
    assert who("clicked", "is", mailing.pk) == {"ada", "bo"}
    assert who("clicked", "is_not", mailing.pk) == {"cy"}
    assert who("clicked", "within", 3) == {"ada", "bo"}
    assert who("clicked", "not_within", 3) == {"cy", "di"}
    assert who("clicked_link", "is", link.pk) == {"ada"}
    assert who("clicked_link", "is_not", link.pk) == {"bo", "cy"}
    assert conditions()["clicked_link"].choices() == [
        (str(unused.pk), "example.org/write/2 (For Mira)"),
        (str(link.pk), "example.org/write (For Mira)"),
    ]


def test_of_an_event_from_days_ago_the_day_is_enough():
    [mail] = got(sent(5), person("ada"))
    event = heard(mail, days=3)
    day = event.happened_at.replace(hour=0, minute=0, second=0, microsecond=0)
    DeliveryEvent.objects.update(happened_at=day)
    assert who("opened", "within", 3) == {"ada"}
    assert who("opened", "within", 2) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"counts_opens": False, "counts_clicks": False},
        {"finished_at": ago(91)},
        {"finished_at": None, "started_at": ago(91), "state": MailingState.PAUSED},
        {"state": MailingState.DRAFT},
    ],
)
def test_what_is_not_known_is_neither_offered_nor_taken_for_no(fields):
    mailing = sent(5, **fields)
    link = TrackedLink.objects.create(mailing=mailing, url=URL)
    got(mailing, person("ada"))
    for name, value in (("opened", mailing.pk), ("clicked", mailing.pk), ("clicked_link", link.pk)):
        assert conditions()[name].choices() == []
        for operator in ("is", "is_not"):
            with pytest.raises(SegmentRefused, match="not known who did"):
                who(name, operator, value)
    with pytest.raises(SegmentRefused, match="kept for 90 days"):
        who("opened", "not_within", 91)


def test_no_segment_asks_about_a_mailing_to_a_sensitive_list():
    quiet = MailingListFactory()
    mailing = sent(5, lists=[MailingListFactory(), quiet])
    [mail] = got(mailing, person("ada"))
    heard(mail)
    assert who("opened", "is", mailing.pk) == {"ada"}
    MailingList.objects.filter(pk=quiet.pk).update(is_sensitive=True)
    with pytest.raises(SegmentRefused):
        who("opened", "is_not", mailing.pk)


def test_no_segment_asks_about_a_mailing_that_leads_to_a_sensitive_case():
    case = CaseFactory()
    mailing = sent(5)
    link = TrackedLink.objects.create(mailing=mailing, url=f"http://testserver/cases/{case.slug}/")
    [mail] = got(mailing, person("ada"))
    heard(mail, link)
    assert who("clicked_link", "is", link.pk) == {"ada"}
    case.is_sensitive = True
    cases.save(case=case)
    for name, value in (("opened", mailing.pk), ("clicked", mailing.pk), ("clicked_link", link.pk)):
        with pytest.raises(SegmentRefused, match="not known who did"):
            who(name, "is_not", value)
    # What was deleted is not known again.
    case.is_sensitive = False
    cases.save(case=case)
    with pytest.raises(SegmentRefused, match="not known who did"):
        who("opened", "is_not", mailing.pk)


def test_every_question_has_a_gap_for_each_thing_it_takes():
    for name in OPENS_AND_CLICKS:
        for question in conditions()[name].operators.values():
            assert str(question.words).count(GAP) == len(question.takes)


# Switched off by the operator ---------------------------------------------------------
def test_a_segment_that_asks_says_so_once_counting_is_off(client, settings):
    mailing = sent(5)
    rule = {"all": [{"condition": "opened", "operator": "is", "value": str(mailing.pk)}]}
    segment = Segment.objects.create(name="Readers", rule=rule)
    rights = ["view", "add", "change"]
    client.force_login(UserFactory(permissions=[f"newsletters.{act}_segment" for act in rights]))
    page, new = reverse("staff:segment", args=[segment.pk]), reverse("staff:segment_new")
    assert f"has opened {mailing.name}" in client.get(reverse("staff:segments")).content.decode()
    assert "Opens and clicks" in client.get(new).content.decode()
    settings.TRACKING = False
    shown = client.get(page).content.decode()
    assert "answers to a question about opens or clicks, which are not counted here" in shown
    assert "This cannot be asked. Take it out." in shown
    assert "not counted here" in client.get(reverse("staff:segments")).content.decode()
    assert "Opens and clicks" not in client.get(new).content.decode()
    for name in OPENS_AND_CLICKS:
        with pytest.raises(SegmentRefused, match="not counted here"):
            segments.compile_rule({"condition": name, "operator": "is", "value": "1"})


def test_a_planned_mailing_that_asks_is_held_with_the_reason(settings):
    settings.TRACKING = False
    rule = {"condition": "opened", "operator": "within", "value": "30"}
    where = SubscriptionFactory().mailing_list
    mailing = MailingFactory(lists=[where], state=MailingState.EXPANDING, audience_rule=rule)
    MailingVersionFactory(mailing=mailing)
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert mailing.pause_reason == (
        "Who gets it: This asks about opens or clicks, which are not counted here. Take it out."
    )
    assert not mailing.deliveries.exists()
    mailing.state = MailingState.DRAFT
    assert any("not counted here" in sentence for sentence in versions.objections(mailing))
