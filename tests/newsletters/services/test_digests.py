"""Digests: each issue made once, each reader given what is hers, nothing twice, nothing lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from newsletters.errors import DigestRefused, MailingRefused, TextRefused
from newsletters.models import Delivery, Digest, DigestIssue, DigestRead, Mailing
from newsletters.services import digests, mailing_drafts, mailings, retention
from newsletters.states import DeliveryState, IssueState, MailingState
from tests.factories.articles import ArticleFactory, CategoryFactory
from tests.factories.newsletters import (
    DigestFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _can_send(settings):
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"
    settings.CONTENT_LANGUAGES = ["en", "de"]


def approver():
    return UserFactory(permissions=["newsletters.approve_mailing"])


@pytest.fixture
def organiser():
    return approver()


def due_digest(*, since=7 * DAY, **fields):
    """A digest whose hour came a moment ago and whose last issue is ``since`` old."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    past = now - since
    return DigestFactory(
        weekday=hour.weekday(), hour=hour.hour, covered_until=past, planned_from=past, **fields
    )


def written(days_ago, **fields):
    return ArticleFactory(published_at=timezone.now() - days_ago * DAY, **fields)


def keys(issue):
    return [item["key"] for item in issue.items]


def newest(digest):
    return digest.issues.first()


# Issues --------------------------------------------------------------------------------
def test_an_issue_holds_what_was_published_since_the_last_one_newest_first():
    digest = due_digest(name="Weekly news")
    older, newer = written(4), written(2, title="Ships wait in Veldstad")
    assert digests.issue_due() == 1
    issue = newest(digest)
    assert keys(issue) == [f"article:{newer.pk}", f"article:{older.pk}"]
    assert issue.items[0]["title"] == "Ships wait in Veldstad"
    assert issue.state == IssueState.DRAFT
    assert issue.mailing.state == MailingState.DRAFT
    day = issue.period_end
    assert issue.mailing.name == f"Weekly news, {day.day} {day:%B}"
    assert list(issue.mailing.lists.all()) == [digest.mailing_list]


def test_a_second_scheduler_makes_no_second_issue():
    digest = due_digest()
    written(1)
    assert digests.issue_due() == 1
    assert digests.issue_due() == 0
    assert digest.issues.count() == Mailing.objects.count() == 1


def test_a_scheduler_that_read_the_digest_earlier_stops_quietly():
    digest = due_digest()
    stale = Digest.objects.get(pk=digest.pk)
    assert digests.issue_due() == 1
    assert digests._issue(stale, timezone.now()) is False
    assert digest.issues.count() == 1


def test_nothing_new_is_skipped_with_the_reason_and_no_mailing():
    digest = due_digest()
    digests.issue_due()
    issue = newest(digest)
    assert issue.state == IssueState.SKIPPED
    assert issue.reason.startswith("Nothing new was published between ")
    assert not Mailing.objects.exists()
    digest.refresh_from_db()
    assert digest.covered_until == issue.period_end


def test_after_a_long_sleep_one_issue_covers_everything():
    digest = due_digest(since=24 * DAY)
    articles = [written(days) for days in (2, 9, 16, 23)]
    assert digests.issue_due() == 1
    assert keys(newest(digest)) == [f"article:{article.pk}" for article in articles]


def test_before_its_hour_nothing_is_made():
    digest = due_digest()
    written(1)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    assert digests.issue_due(now=hour - timedelta(minutes=1)) == 0
    assert digest.issues.count() == 0


def test_a_digest_that_rests_makes_nothing():
    due_digest(is_active=False)
    assert digests.issue_due() == 0


def test_an_article_published_late_with_an_old_date_comes_in_the_next_issue():
    digest = due_digest()
    first = written(2)
    digests.issue_due()
    late = written(5)
    digests.issue_due(now=timezone.now() + 7 * DAY)
    assert keys(newest(digest)) == [f"article:{late.pk}"]
    assert keys(digest.issues.last()) == [f"article:{first.pk}"]


def test_what_is_too_much_for_one_issue_waits_for_the_next():
    digest = due_digest()
    made = [f"article:{written(1 + n / 100).pk}" for n in range(55)]
    digests.issue_due()
    assert keys(newest(digest)) == made[:40]
    digests.issue_due(now=timezone.now() + 7 * DAY)
    assert keys(newest(digest)) == made[40:]


def test_an_issue_that_was_left_out_comes_with_the_next_one(organiser):
    digest = due_digest()
    article = written(2)
    digests.issue_due()
    issue = newest(digest)
    digests.skip(issue=issue, by=organiser)
    assert issue.state == IssueState.SKIPPED
    assert issue.mailing.state == MailingState.CANCELLED
    digests.issue_due(now=timezone.now() + 7 * DAY)
    assert keys(newest(digest)) == [f"article:{article.pk}"]


def test_an_issue_on_its_way_cannot_be_left_out(organiser):
    digest = due_digest()
    written(2)
    digests.issue_due()
    issue = newest(digest)
    digests.approve(issue=issue, by=organiser)
    with pytest.raises(MailingRefused):
        digests.skip(issue=issue, by=organiser)
    issue.refresh_from_db()
    assert (issue.state, issue.mailing.state) == (IssueState.QUEUED, MailingState.EXPANDING)


def test_only_who_may_approve_mailings_can_send_an_issue():
    digest = due_digest()
    written(2)
    digests.issue_due()
    with pytest.raises(MailingRefused):
        digests.approve(issue=newest(digest), by=UserFactory())
    assert newest(digest).state == IssueState.DRAFT
    assert newest(digest).mailing.state == MailingState.DRAFT


def test_an_automatic_issue_is_planned_at_once_and_says_that_no_person_sent_it():
    digest = due_digest(is_automatic=True)
    written(2)
    digests.issue_due()
    issue = newest(digest)
    assert (issue.state, issue.mailing.state) == (IssueState.QUEUED, MailingState.SCHEDULED)
    assert issue.mailing.versions.get().headers == {"Auto-Submitted": "auto-generated"}


def test_an_automatic_issue_that_cannot_go_waits_and_says_why(settings):
    settings.POSTAL_ADDRESS = ""
    digest = due_digest(is_automatic=True)
    written(2)
    digests.issue_due()
    issue = newest(digest)
    assert (issue.state, issue.mailing.state) == (IssueState.DRAFT, MailingState.DRAFT)
    assert "postal address" in issue.reason


def test_an_issue_follows_its_mailing(organiser):
    digest, other = due_digest(), due_digest()
    written(2)
    digests.issue_due()
    approved, cancelled = newest(digest), newest(other)
    mailings.approve(mailing=approved.mailing, by=organiser)
    mailings.cancel(mailing=cancelled.mailing, by=organiser)
    digests.issue_due()
    assert newest(digest).state == IssueState.QUEUED
    assert newest(other).state == IssueState.SKIPPED
    assert newest(other).reason == "Its mailing was cancelled."


def test_the_text_of_an_issue_cannot_be_written_over():
    due_digest()
    written(2)
    digests.issue_due()
    with pytest.raises(TextRefused):
        mailing_drafts.save_text(
            mailing=Mailing.objects.get(), text=mailing_drafts.Text("en", "Other")
        )


# The plan ---------------------------------------------------------------------------------
def plan(**changes):
    return digests.Plan(**{"name": "News", "mailing_list": MailingListFactory(), **changes})


def test_what_was_public_before_the_digest_began_is_never_in_it():
    old = written(3)
    digest = digests.create(plan=plan(), by=UserFactory())
    new = ArticleFactory(published_at=timezone.now())
    digests.issue_due(now=timezone.now() + 8 * DAY)
    assert keys(newest(digest)) == [f"article:{new.pk}"]
    assert f"article:{old.pk}" in keys(digest.issues.last())


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"time_zone": "Karsh/Orrin"}, "time_zone"),
        ({"hour": 24}, "hour"),
        ({"weekday": 7}, "hour"),
        ({"language": "tlh"}, "language"),
        ({"is_automatic": True}, "is_automatic"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(wrong, code):
    with pytest.raises(DigestRefused) as refused:
        digests.create(plan=plan(**wrong), by=UserFactory())
    assert refused.value.code == code
    assert not Digest.objects.exists()


def test_a_new_hour_that_is_over_already_does_not_send_at_once():
    digest = due_digest()
    written(2)
    yesterday = timezone.now() - DAY
    changed = plan(weekday=yesterday.weekday(), mailing_list=digest.mailing_list)
    digests.change(digest=digest, plan=changed, by=UserFactory())
    assert digests.issue_due() == 0
    assert digests.issue_due(now=timezone.now() + 7 * DAY) == 1


def test_a_new_name_does_not_lose_an_hour_that_has_come():
    digest = due_digest()
    same = plan(
        name="Better name",
        mailing_list=digest.mailing_list,
        weekday=digest.weekday,
        hour=digest.hour,
    )
    digests.change(digest=digest, plan=same, by=UserFactory())
    assert digests.issue_due() == 1


# Readers ------------------------------------------------------------------------------------
def reader(digest, **contact):
    fields = {f"contact__{name}": value for name, value in contact.items()}
    return SubscriptionFactory(mailing_list=digest.mailing_list, **fields).contact


def sent(issue, rung):
    """Start the issue's mailing and make its list, through the doorbell."""
    digests.approve(issue=issue, by=approver())
    rung.answer()
    return {
        row.contact_id: [issue.items[int(n)]["key"] for n in row.variant.split(",")]
        for row in Delivery.objects.filter(mailing=issue.mailing)
    }


@pytest.mark.django_db(transaction=True)
def test_each_reader_gets_her_topics_in_her_language(rung):
    prison, harbour = CategoryFactory(slug="prison"), CategoryFactory(slug="harbour")
    digest = due_digest()
    in_prison = f"article:{written(1, categories=[prison]).pk}"
    in_harbour = f"article:{written(2, categories=[harbour]).pk}"
    nowhere = f"article:{written(3).pk}"
    german = f"article:{written(4, language='de', categories=[prison]).pk}"
    everything = reader(digest)
    chooser = reader(digest)
    chooser.topics.add(TopicFactory(slug="prison"))
    germans = [reader(digest, language=code) for code in ("de", "de-AT")]
    others = [reader(digest, language=code) for code in ("", "xx")]
    no_topic_of_hers = reader(digest)
    no_topic_of_hers.topics.add(TopicFactory(slug="courts"))
    monthly = reader(digest, digest_frequency="monthly")
    never = reader(digest, digest_frequency="never")
    digests.issue_due()
    got = sent(newest(digest), rung)
    all_english = [in_prison, in_harbour, nowhere]
    assert got[everything.pk] == all_english
    assert got[chooser.pk] == [in_prison]
    assert [got[person.pk] for person in germans] == [[german], [german]]
    assert [got[person.pk] for person in others] == [all_english, all_english]
    assert not {no_topic_of_hers.pk, monthly.pk, never.pk} & set(got)


@pytest.mark.django_db(transaction=True)
def test_two_digests_never_give_a_person_the_same_item(rung):
    first, second = due_digest(), due_digest()
    person = reader(first)
    SubscriptionFactory(mailing_list=second.mailing_list, contact=person)
    only_second = reader(second)
    item = f"article:{written(1).pk}"
    digests.issue_due()
    assert sent(newest(first), rung) == {person.pk: [item]}
    assert sent(newest(second), rung) == {only_second.pk: [item]}


@pytest.mark.django_db(transaction=True)
def test_what_a_cancel_kept_back_comes_next_time_and_what_left_does_not(rung):
    digest = due_digest()
    had_it, missed_it = reader(digest), reader(digest)
    item = f"article:{written(1).pk}"
    digests.issue_due()
    issue = newest(digest)
    sent(issue, rung)
    Delivery.objects.filter(contact=had_it).update(state=DeliveryState.ACCEPTED)
    Delivery.objects.filter(contact=missed_it).update(state=DeliveryState.READY)
    Mailing.objects.filter(pk=issue.mailing_id).update(state=MailingState.SENDING)
    issue.mailing.refresh_from_db()
    mailings.cancel(mailing=issue.mailing, by=approver())
    digests.issue_due(now=timezone.now() + 7 * DAY)
    assert sent(newest(digest), rung) == {missed_it.pk: [item]}
    # And only once: what the second issue gave her is hers.
    Mailing.objects.filter(pk=newest(digest).mailing_id).update(state=MailingState.CANCELLED)
    digests.issue_due(now=timezone.now() + 14 * DAY)
    assert sent(newest(digest), rung) == {}


def test_an_issue_most_could_not_get_before_its_deadline_comes_again():
    digest = due_digest()
    item = f"article:{written(1).pk}"
    digests.issue_due()
    issue = newest(digest)
    Mailing.objects.filter(pk=issue.mailing_id).update(state=MailingState.SENT, total=1)
    Delivery.objects.create(
        mailing=issue.mailing,
        contact=reader(digest),
        address_key="a",
        state=DeliveryState.SKIPPED,
        reason="expired",
        due_at=timezone.now(),
    )
    digests.issue_due(now=timezone.now() + 7 * DAY)
    assert keys(newest(digest)) == [item]


def test_the_day_of_an_issue_is_that_of_its_own_clocks():
    DigestFactory(
        name="News",
        time_zone="Pacific/Auckland",
        weekday=5,
        hour=8,
        covered_until=datetime(2026, 3, 1, tzinfo=UTC),
        planned_from=datetime(2026, 3, 1, tzinfo=UTC),
    )
    ArticleFactory(published_at=datetime(2026, 3, 3, tzinfo=UTC))
    digests.issue_due(now=datetime(2026, 3, 6, 20, tzinfo=UTC))
    assert Mailing.objects.get(issue=DigestIssue.objects.get()).name == "News, 7 March"


def test_what_somebody_was_given_is_forgotten_when_no_digest_can_give_it_again():
    digest = due_digest(since=100 * DAY)
    now = timezone.now()
    person = reader(digest)
    for days, key in ((90, "old"), (5, "new")):
        issue = DigestIssue.objects.create(
            digest=digest,
            period_start=now - (days + 7) * DAY,
            period_end=now - days * DAY,
            state=IssueState.QUEUED,
        )
        DigestRead.objects.create(contact=person, item_key=key, issue=issue)
    assert digests.forget_reads() == 0
    Digest.objects.update(covered_until=now)
    assert retention.prune()["digest_reads"] == 1
    assert DigestRead.objects.get().item_key == "new"
