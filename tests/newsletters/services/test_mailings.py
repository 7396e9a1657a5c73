"""The life of a mailing: every move, who may make it, and that only one of many makes it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.errors import AddressError, MailingRefused, SegmentRefused, TextRefused
from newsletters.local_times import Moment
from newsletters.models import Mailing
from newsletters.services import mailing_drafts, mailings, versions
from newsletters.services.mailing_drafts import Heading, Text
from newsletters.states import MAILING_MOVES, DeliveryState, MailingState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    MailingVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def postal_address(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"
    settings.CONTENT_LANGUAGES = ["en", "ru"]


def finished_draft(**fields):
    mailing = MailingFactory(lists=[MailingListFactory()], **fields)
    MailingTextFactory(mailing=mailing)
    return mailing


def approved(organiser, **fields):
    mailing = finished_draft(**fields)
    mailings.approve(mailing=mailing, by=organiser)
    return mailing


def at(when):
    return Moment(when, when.strftime("%Y-%m-%dT%H:%M"), "UTC")


def state_of(mailing):
    mailing.refresh_from_db()
    return mailing.state


# Writing ------------------------------------------------------------------------
def test_a_new_mailing_is_a_draft_with_an_empty_text(organiser):
    mailing = mailing_drafts.create(
        heading=Heading("Doctor", reply_to="Desk@Example.org", default_language="ru"), by=organiser
    )
    assert mailing.state == MailingState.DRAFT
    assert mailing.reply_to == "desk@example.org"
    assert [text.language for text in mailing.texts.all()] == ["ru"]


def test_replies_go_to_an_address_or_nothing_is_made(organiser):
    with pytest.raises(AddressError):
        mailing_drafts.create(heading=Heading("x", reply_to="not an address"), by=organiser)
    assert not Mailing.objects.exists()


def test_a_text_with_an_unknown_field_is_refused_and_the_old_one_stays():
    mailing = finished_draft()
    bad = [{"type": "heading", "words": "Dear {{ first_name }}"}]
    with pytest.raises(TextRefused, match="given_name"):
        mailing_drafts.save_text(mailing=mailing, text=Text("en", "New", "", bad))
    assert mailing.texts.get().subject == "Write to the minister"


@pytest.mark.parametrize("subject", ["Hi\nBcc: everybody@example.org", "a\x00b", "a\u2028b"])
def test_a_subject_cannot_bring_a_header_with_it(subject):
    with pytest.raises(TextRefused, match="one line"):
        mailing_drafts.save_text(mailing=finished_draft(), text=Text("en", subject))


@pytest.mark.parametrize(
    "state", sorted(set(MailingState) - {MailingState.DRAFT, MailingState.PAUSED})
)
def test_an_approved_text_is_frozen(state):
    mailing = finished_draft(state=state)
    with pytest.raises(MailingRefused):
        mailing_drafts.save_text(mailing=mailing, text=Text("en", "Changed"))
    with pytest.raises(MailingRefused):
        mailing_drafts.set_audience(mailing=mailing, lists=[], excluded=[], rule={})
    assert mailing.texts.get().subject == "Write to the minister"
    assert mailing.lists.count() == 1


def test_a_rule_that_cannot_be_asked_is_refused():
    with pytest.raises(SegmentRefused):
        mailing_drafts.set_audience(
            mailing=finished_draft(),
            lists=[],
            excluded=[],
            rule={"condition": "password", "operator": "is", "value": "x"},
        )


def test_the_language_everybody_else_gets_cannot_be_taken_out():
    mailing = finished_draft()
    with pytest.raises(MailingRefused):
        mailing_drafts.remove_text(mailing=mailing, language="en")
    MailingTextFactory(mailing=mailing, language="ru")
    mailing_drafts.remove_text(mailing=mailing, language="ru")
    assert mailing.texts.count() == 1


# Approval -----------------------------------------------------------------------
def test_approval_freezes_every_language_byte_for_byte(organiser):
    mailing = finished_draft(sender_name="Free Ana", reply_to="desk@example.org")
    MailingTextFactory(mailing=mailing, language="ru", subject="Напишите министру")
    mailings.approve(mailing=mailing, by=organiser)
    version = mailing.versions.get()
    assert version.number == 1
    assert version.sender == "Free Ana <campaign@testserver>"
    assert version.list_id == f"<{mailing.lists.get().slug}.testserver>"
    assert version.reply_to == "desk@example.org"
    assert set(version.parts) == {"en", "ru"}
    assert version.parts["ru"][""]["subject"] == "Напишите министру"
    assert "{{ unsubscribe_url }}" in version.parts["en"][""]["text"]
    assert len(version.content_hash) == 64
    assert (mailing.state, mailing.approved_by) == (MailingState.APPROVED, organiser)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"subject": " "}, "subject is empty"),
        ({"blocks": []}, "at least one block"),
        ({"language": "ru"}, "no text in English"),
        ({"blocks": [{"type": "button", "words": "Go", "url": ""}]}, "no link yet"),
        ({"blocks": [{"type": "text", "html": "Dear {{ frist_name }}"}]}, "not a field"),
        ({"blocks": [{"type": "text", "html": "x" * 39_000}] * 3}, "102 KB"),
        ({"blocks": [{"type": "carousel"}]}, "this version does not know"),
    ],
)
def test_no_text_is_approved_that_could_not_be_sent(text, words, organiser):
    mailing = finished_draft()
    mailing.texts.update(**text)
    refused(mailing, organiser, words)


def test_no_mailing_is_approved_without_a_list(organiser):
    mailing = finished_draft()
    mailing.lists.clear()
    refused(mailing, organiser, "at least one list")


def test_no_mailing_is_approved_without_a_postal_address(organiser, settings):
    settings.POSTAL_ADDRESS = ""
    refused(finished_draft(), organiser, "postal address")


def test_no_mailing_is_approved_with_a_language_half_done(organiser):
    mailing = finished_draft()
    MailingTextFactory(mailing=mailing, language="ru", blocks=[])
    refused(mailing, organiser, "Russian: There is no text yet")


def refused(mailing, organiser, words):
    with pytest.raises(MailingRefused, match=words):
        mailings.approve(mailing=mailing, by=organiser)
    assert state_of(mailing) == MailingState.DRAFT
    assert mailing.versions.count() == 0


def test_only_who_may_approve_can_send(organiser):
    nobody = UserFactory(permissions=["newsletters.change_mailing"])
    mailing = finished_draft()
    with pytest.raises(MailingRefused, match="approve"):
        mailings.approve(mailing=mailing, by=nobody)
    mailings.approve(mailing=mailing, by=organiser)
    for act in (
        lambda: mailings.send_now(mailing=mailing, by=nobody),
        lambda: mailings.schedule(mailing=mailing, by=nobody, moment=at(timezone.now())),
        lambda: mailings.resume(mailing=mailing, by=nobody),
    ):
        with pytest.raises(MailingRefused, match="approve"):
            act()
    assert state_of(mailing) == MailingState.APPROVED


# Starting -----------------------------------------------------------------------
def test_send_now_starts_at_once_and_rings_for_the_list(organiser, rung):
    mailing = approved(organiser)
    mailings.send_now(mailing=mailing, by=organiser)
    assert state_of(mailing) == MailingState.EXPANDING
    assert [(ring.job, ring.ids) for ring in rung.collect()] == [
        ("newsletters.expand_mailing", (mailing.pk,))
    ]


def test_of_fifty_sends_one_is_done(organiser, rung):
    mailing = approved(organiser)
    clicks = [Mailing.objects.get(pk=mailing.pk) for _ in range(50)]
    mailings.send_now(mailing=clicks[0], by=organiser)
    for stale in clicks[1:]:
        with pytest.raises(MailingRefused, match="Nothing was changed"):
            mailings.send_now(mailing=stale, by=organiser)
    assert len(rung.collect()) == 1


def test_a_schedule_keeps_what_was_typed(organiser):
    mailing = approved(organiser)
    when = timezone.now() + timedelta(days=1)
    moment = Moment(when, "2030-05-06T09:00", "Asia/Almaty")
    mailings.schedule(mailing=mailing, by=organiser, moment=moment)
    mailing.refresh_from_db()
    assert (mailing.scheduled_at, mailing.scheduled_local) == (when, "2030-05-06T09:00")
    assert mailing.scheduled_zone == "Asia/Almaty"


@pytest.mark.parametrize(
    ("delta", "words"), [(-3600, "is over"), (500 * 86400, "more than a year")]
)
def test_a_time_behind_us_or_far_away_is_refused(delta, words, organiser):
    mailing = approved(organiser)
    with pytest.raises(MailingRefused, match=words):
        mailings.schedule(
            mailing=mailing, by=organiser, moment=at(timezone.now() + timedelta(seconds=delta))
        )
    assert state_of(mailing) == MailingState.APPROVED


def scheduled(minutes_ago):
    when = timezone.now() - timedelta(minutes=minutes_ago)
    return finished_draft(state=MailingState.SCHEDULED, scheduled_at=when)


def test_any_number_of_schedulers_start_a_due_mailing_once(rung):
    mailing, later = scheduled(1), scheduled(-60)
    assert [mailings.start_due() for _ in range(3)] == [1, 0, 0]
    assert state_of(mailing) == MailingState.EXPANDING
    assert state_of(later) == MailingState.SCHEDULED
    assert len(rung.collect()) == 1


@pytest.mark.parametrize(
    ("minutes", "state"), [(119, MailingState.EXPANDING), (121, MailingState.PAUSED)]
)
def test_more_than_two_hours_late_a_mailing_waits_for_a_person(minutes, state):
    mailing = scheduled(minutes)
    mailings.start_due()
    assert state_of(mailing) == state
    assert bool(mailing.pause_reason) == (state == MailingState.PAUSED)


def test_a_late_mailing_goes_out_when_a_person_says_so(organiser, rung):
    mailing = scheduled(300)
    mailings.start_due()
    mailings.resume(mailing=mailing, by=organiser)
    assert state_of(mailing) == MailingState.EXPANDING
    assert mailing.pause_reason == ""
    assert [ring.job for ring in rung.collect()] == ["newsletters.expand_mailing"]


# On the way ---------------------------------------------------------------------
def sending(**counts):
    mailing = finished_draft(
        state=MailingState.SENDING, started_at=timezone.now(), total=sum(counts.values())
    )
    version = MailingVersionFactory(mailing=mailing)
    for name, count in counts.items():
        for _ in range(count):
            DeliveryFactory(mailing=mailing, version=version, state=DeliveryState[name])
    return mailing


def test_pause_and_resume_a_hundred_times(organiser):
    mailing = sending(READY=1)
    for _ in range(100):
        mailings.pause(mailing=mailing, reason="A typo")
        assert state_of(mailing) == MailingState.PAUSED
        mailings.resume(mailing=mailing, by=organiser)
        assert state_of(mailing) == MailingState.SENDING


def test_nobody_waits_until_the_rows_of_a_long_list_are_cancelled(organiser, monkeypatch):
    monkeypatch.setattr(mailings, "CANCELLED_AT_ONCE", 2)
    mailing = sending(READY=7, ACCEPTED=1)
    assert mailings.cancel(mailing=mailing, by=organiser) == 2
    assert state_of(mailing) == MailingState.CANCELLED
    assert mailings.settle_cancelled() == 5
    assert mailing.deliveries.filter(state=DeliveryState.CANCELLED).count() == 7


def test_cancel_takes_what_is_still_to_go_and_leaves_the_rest(organiser):
    mailing = sending(READY=3, CLAIMED=2, ACCEPTED=4, UNSURE=1, REFUSED=1)
    other = sending(READY=2)
    assert mailings.cancel(mailing=mailing, by=organiser) == 3
    states = list(mailing.deliveries.order_by("state").values_list("state", flat=True))
    assert states.count(DeliveryState.CANCELLED) == 3
    assert states.count(DeliveryState.CLAIMED) == 2
    assert state_of(mailing) == MailingState.CANCELLED
    assert other.deliveries.filter(state=DeliveryState.READY).count() == 2
    # The engine gives back what it held; the next tick cancels it.
    mailing.deliveries.filter(state=DeliveryState.CLAIMED).update(state=DeliveryState.READY)
    assert mailings.settle_cancelled() == 2
    assert mailings.settle_cancelled() == 0
    assert mailing.deliveries.filter(state=DeliveryState.CANCELLED).count() == 5


@pytest.mark.parametrize("state", [MailingState.SENT, MailingState.CANCELLED])
def test_what_is_over_cannot_be_cancelled_paused_or_resumed(state, organiser):
    mailing = finished_draft(state=state)
    for act in (
        lambda: mailings.cancel(mailing=mailing, by=organiser),
        lambda: mailings.pause(mailing=mailing),
        lambda: mailings.resume(mailing=mailing, by=organiser),
        lambda: mailings.back_to_draft(mailing=mailing),
    ):
        with pytest.raises(MailingRefused):
            act()
    assert state_of(mailing) == state


def test_a_scheduled_mailing_comes_back_to_draft_and_loses_its_approval(organiser):
    mailing = approved(organiser)
    mailings.schedule(mailing=mailing, by=organiser, moment=at(timezone.now() + timedelta(hours=1)))
    mailings.back_to_draft(mailing=mailing)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.approved_by, mailing.scheduled_at) == ("draft", None, None)


@pytest.mark.parametrize("left", ["READY", "CLAIMED", "UNSURE"])
def test_a_mailing_is_sent_only_when_nothing_is_left(left):
    mailing = sending(ACCEPTED=2, SKIPPED=1, **{left: 1})
    assert mailings.finish_done() == 0
    mailing.deliveries.filter(state=DeliveryState[left]).update(state=DeliveryState.ACCEPTED)
    assert mailings.finish_done() == 1
    assert state_of(mailing) == MailingState.SENT
    assert mailing.finished_at is not None


def test_no_move_is_made_that_the_table_does_not_know():
    mailing = finished_draft()
    with pytest.raises(ValueError, match="not a move"):
        mailings.move(mailing, MailingState.SENT, MailingState.EXPANDING)
    assert set(MAILING_MOVES) == set(MailingState)


# A typo on the way ----------------------------------------------------------------
def mend(mailing, subject):
    mailing_drafts.save_text(
        mailing=mailing,
        text=Text("en", subject, "", [{"type": "text", "html": "Please write."}]),
    )


def test_an_edit_while_paused_goes_to_those_still_to_go(organiser):
    mailing = sending(READY=3, ACCEPTED=2, UNSURE=1)
    repeat = mailing.deliveries.filter(state=DeliveryState.READY).first()
    mailing.deliveries.filter(pk=repeat.pk).update(doubts=1)
    mailings.pause(mailing=mailing)
    mend(mailing, "Without the typo")
    assert versions.revise(mailing=mailing) == 2
    newest = mailing.versions.get(number=2)
    assert newest.parts["en"][""]["subject"] == "Without the typo"
    assert mailing.deliveries.filter(version=newest).count() == 2
    repeat.refresh_from_db()
    assert repeat.version.number == 1


def test_the_same_text_makes_no_new_version():
    mailing = sending(READY=1)
    mailings.pause(mailing=mailing)
    mend(mailing, "Once")
    versions.revise(mailing=mailing)
    versions.revise(mailing=mailing)
    assert mailing.versions.count() == 2


@pytest.mark.parametrize(
    ("state", "rows", "words"),
    [
        (MailingState.SENDING, {"READY": 1}, "Pause the mailing first"),
        (MailingState.PAUSED, {"READY": 1, "CLAIMED": 1}, "still being handed over"),
    ],
)
def test_no_new_version_while_mails_are_being_handed_over(state, rows, words):
    mailing = sending(**rows)
    Mailing.objects.filter(pk=mailing.pk).update(state=state)
    with pytest.raises(MailingRefused, match=words):
        versions.revise(mailing=mailing)
    assert mailing.versions.count() == 1


def test_a_language_people_wait_for_cannot_vanish_from_the_new_version():
    mailing = sending(READY=1)
    mailing.deliveries.update(language="ru")
    mailings.pause(mailing=mailing)
    with pytest.raises(MailingRefused, match="Russian"):
        versions.revise(mailing=mailing)
