"""The rows of a digest: in chunks, one transaction each, whatever is killed between or inside."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.compose import rendering
from newsletters.models import Delivery, DigestRead
from newsletters.services import digest_expansion, digests, expansion
from newsletters.states import MailingState
from tests.factories.articles import ArticleFactory
from tests.factories.newsletters import DigestFactory, UserFactory
from tests.stories import members

pytestmark = pytest.mark.django_db


def expanding(readers, *, articles=2):
    """An issue of so many articles whose mailing is EXPANDING to so many readers."""
    now = timezone.now()
    past = now - timedelta(days=7)
    digest = DigestFactory(
        mailing_list=members(readers),
        weekday=now.weekday(),
        hour=now.hour,
        covered_until=past,
        planned_from=past,
    )
    for _ in range(articles):
        ArticleFactory(published_at=now - timedelta(days=1))
    digests.issue_due()
    issue = digest.issues.get()
    by = UserFactory(permissions=["newsletters.approve_mailing"])
    digests.approve(issue=issue, by=by)
    return issue.mailing


@pytest.fixture(autouse=True)
def _can_send(settings):
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"


def test_a_run_that_dies_between_chunks_goes_on_and_repeats_nothing(monkeypatch):
    monkeypatch.setattr(digest_expansion, "CHUNK", 4)
    mailing = expanding(10)
    assert expansion._chunk(mailing.pk) is True
    assert (Delivery.objects.count(), DigestRead.objects.count()) == (4, 8)
    expansion.expand(mailing_id=mailing.pk)
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.total) == (MailingState.SENDING, 10)
    assert (Delivery.objects.count(), DigestRead.objects.count()) == (10, 20)
    assert set(Delivery.objects.values_list("variant", flat=True)) == {"0,1"}


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_dies_inside_leaves_nothing_behind():
    mailing = expanding(5)

    def die_at_the_reads(execute, sql, *rest):
        if sql.startswith("INSERT") and DigestRead._meta.db_table in sql:
            raise DatabaseError("the process is gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(die_at_the_reads), pytest.raises(DatabaseError):
        expansion.expand(mailing_id=mailing.pk)
    assert not Delivery.objects.exists()
    mailing.refresh_from_db()
    assert (mailing.expansion_cursor, mailing.state) == (0, MailingState.EXPANDING)
    expansion.expand(mailing_id=mailing.pk)
    assert (Delivery.objects.count(), DigestRead.objects.count()) == (5, 10)


def test_an_interrupted_list_is_found_again():
    mailing = expanding(2)
    assert mailing.pk in expansion.unfinished()


def test_a_chunk_costs_as_many_queries_for_few_people_as_for_many(monkeypatch):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            expansion._chunk(mailing.pk)
        # SQLite takes a thousand values a statement, so there the inserts come in several.
        return len([query for query in seen if not query["sql"].startswith("INSERT")])

    mailing = expanding(200)
    monkeypatch.setattr(digest_expansion, "CHUNK", 2)
    few = queries()
    monkeypatch.setattr(digest_expansion, "CHUNK", 150)
    assert queries() <= few <= 20


def test_each_combination_is_rendered_once(monkeypatch):
    mailing = expanding(30)
    made = []
    render = rendering.render

    def noted(draft):
        made.append(draft)
        return render(draft)

    monkeypatch.setattr(rendering, "render", noted)
    expansion.expand(mailing_id=mailing.pk)
    assert len(made) == 1
    assert set(mailing.versions.get().parts["en"]) == {"", "0,1"}


def together(*calls):
    """Run every call at the same moment, each in a thread and a connection of its own."""
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_two_digests_at_the_same_moment_give_nobody_the_same_item():
    first = expanding(40)
    now = timezone.now()
    other = DigestFactory(
        mailing_list=first.lists.get(),
        weekday=now.weekday(),
        hour=now.hour,
        covered_until=now - timedelta(days=7),
        planned_from=now - timedelta(days=7),
    )
    digests.issue_due()
    second = other.issues.get().mailing
    by = UserFactory(permissions=["newsletters.approve_mailing"])
    digests.approve(issue=other.issues.get(), by=by)
    together(
        lambda: expansion.expand(mailing_id=first.pk),
        lambda: expansion.expand(mailing_id=second.pk),
    )
    got = list(Delivery.objects.values_list("contact", flat=True))
    assert len(got) == len(set(got)) == 40
    assert DigestRead.objects.count() == 80


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_the_same_moment_make_one_issue():
    now = timezone.now()
    digest = DigestFactory(
        weekday=now.weekday(),
        hour=now.hour,
        covered_until=now - timedelta(days=7),
        planned_from=now - timedelta(days=7),
    )
    ArticleFactory(published_at=now - timedelta(days=1))
    made = together(*[digests.issue_due] * 3)
    assert sorted(made) == [0, 0, 1]
    assert digest.issues.count() == 1
