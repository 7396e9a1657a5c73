"""Making the list: everybody once, whatever is killed or repeated."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import CustomField, Delivery, Mailing, MailingVersion
from newsletters.selectors import audience
from newsletters.selectors.audience import Audience
from newsletters.services import custom_fields, expansion, mailings, suppressions
from newsletters.services.custom_fields import Details
from newsletters.states import (
    ContactState,
    DeliveryState,
    Lane,
    MailingState,
    SubscriptionState,
    SuppressionReason,
)
from tests.factories.newsletters import (
    ContactFactory,
    MailingFactory,
    MailingListFactory,
    MailingVersionFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


def readers(mailing_list, count, **contact):
    return [
        SubscriptionFactory(mailing_list=mailing_list, contact=ContactFactory(**contact)).contact
        for _ in range(count)
    ]


def expanding(*lists, **fields):
    mailing = MailingFactory(lists=lists, state=MailingState.EXPANDING, **fields)
    MailingVersionFactory(mailing=mailing)
    return mailing


def test_everybody_on_the_lists_gets_one_whole_row():
    first, second = MailingListFactory(), MailingListFactory()
    both = readers(first, 1)[0]
    SubscriptionFactory(mailing_list=second, contact=both)
    other = readers(second, 1, language="ru")[0]
    mailing = expanding(second, first, deadline_hours=5)
    before = timezone.now()
    expansion.expand(mailing_id=mailing.pk)
    rows = {row.contact_id: row for row in Delivery.objects.filter(mailing=mailing)}
    assert set(rows) == {both.pk, other.pk}
    row = rows[both.pk]
    assert row.mailing_list_id == min(first.pk, second.pk)
    assert (row.address, row.address_key) == (both.email, both.address_key)
    assert (row.lane, row.state) == (Lane.BULK, DeliveryState.READY)
    assert before <= row.due_at <= timezone.now()
    assert before <= row.created_at <= timezone.now()
    assert row.deadline_at is not None
    assert (row.deadline_at - row.due_at).total_seconds() == pytest.approx(5 * 3600, abs=5)
    assert (row.attempts, row.doubts, row.kind, row.variant, row.reason) == (0, 0, "", "", "")
    row.full_clean(exclude=["claim", "dedupe_key"])


def test_every_column_that_must_be_filled_is_filled():
    # A new column of the ledger that expansion forgets would stop every mailing: found here.
    mailing = expanding(MailingListFactory())
    columns = expansion._columns(mailing, mailing.versions.get(), ())
    needed = {
        field.column
        for field in Delivery._meta.concrete_fields
        if not field.null and not field.primary_key
    }
    assert needed <= set(columns)


def test_the_mailing_is_sending_with_its_total_and_the_bell_rings(rung):
    wanted = MailingListFactory()
    readers(wanted, 3)
    mailing = expanding(wanted)
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.total) == (MailingState.SENDING, 3)
    assert mailing.started_at is not None
    assert {ring.job for ring in rung.collect()} == {"newsletters.send_bulk"}


def test_who_may_not_be_written_to_is_left_out():
    wanted, unwanted = MailingListFactory(), MailingListFactory()
    kept = readers(wanted, 1)[0]
    left, pending, excluded, suppressed, bounced = readers(wanted, 5)
    left.subscriptions.update(state=SubscriptionState.UNSUBSCRIBED)
    pending.subscriptions.update(state=SubscriptionState.PENDING)
    SubscriptionFactory(mailing_list=unwanted, contact=excluded)
    suppressions.suppress(address_key=suppressed.address_key, reason=SuppressionReason.COMPLAINED)
    bounced.state = ContactState.BOUNCED
    bounced.save()
    mailing = expanding(wanted)
    mailing.excluded_lists.add(unwanted)
    expansion.expand(mailing_id=mailing.pk)
    assert list(mailing.deliveries.values_list("contact", flat=True)) == [kept.pk]


def test_who_left_the_excluded_list_is_not_excluded():
    wanted, unwanted = MailingListFactory(), MailingListFactory()
    reader = readers(wanted, 1)[0]
    SubscriptionFactory(mailing_list=unwanted, contact=reader, state=SubscriptionState.UNSUBSCRIBED)
    assert audience.people(Audience((wanted.pk,), (unwanted.pk,))).count() == 1


def test_the_rule_narrows_the_lists():
    wanted = MailingListFactory()
    readers(wanted, 2, language="en")
    readers(wanted, 3, language="ru")
    rule = {"all": [{"condition": "language", "operator": "is", "value": "ru"}]}
    mailing = expanding(wanted, audience_rule=rule)
    expansion.expand(mailing_id=mailing.pk)
    assert mailing.deliveries.count() == audience.people(audience.of(mailing)).count() == 3


def test_each_reader_gets_her_language_and_the_others_the_default_one():
    wanted = MailingListFactory()
    for language in ("en", "ru", "fr", ""):
        readers(wanted, 1, language=language)
    mailing = MailingFactory(lists=[wanted], state=MailingState.EXPANDING, default_language="ru")
    words = {"": {"subject": "x", "html": "x", "text": "x"}}
    MailingVersionFactory(mailing=mailing, parts={"en": words, "ru": words})
    expansion.expand(mailing_id=mailing.pk)
    got = mailing.deliveries.order_by("contact").values_list("language", flat=True)
    assert list(got) == ["en", "ru", "ru", "ru"]


def test_a_kill_between_two_chunks_loses_nothing_and_doubles_nothing(monkeypatch):
    monkeypatch.setattr(expansion, "CHUNK", 4)
    wanted = MailingListFactory()
    readers(wanted, 10)
    mailing = expanding(wanted)
    assert expansion._chunk(mailing.pk)
    assert mailing.deliveries.count() == 4
    assert expansion.unfinished() == [mailing.pk]
    expansion.expand(mailing_id=mailing.pk)
    assert mailing.deliveries.count() == 10
    mailing.refresh_from_db()
    assert mailing.total == 10


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lists_of_any_length_reach_everybody_once_in_chunks_of_any_size(size, monkeypatch):
    monkeypatch.setattr(expansion, "CHUNK", size)
    short, long, late = MailingListFactory(), MailingListFactory(), MailingListFactory()
    everybody = readers(short, 2) + readers(long, 9) + readers(late, 1)
    for person in everybody[:4]:
        if not person.subscriptions.filter(mailing_list=long).exists():
            SubscriptionFactory(mailing_list=long, contact=person)
    mailing = expanding(short, long, late, MailingListFactory())
    expansion.expand(mailing_id=mailing.pk)
    got = list(mailing.deliveries.order_by("contact").values_list("contact", flat=True))
    assert got == [person.pk for person in everybody]


def test_a_stretch_in_which_nobody_is_meant_does_not_end_the_list(monkeypatch):
    monkeypatch.setattr(expansion, "CHUNK", 2)
    wanted = MailingListFactory()
    readers(wanted, 5, language="ru")
    meant = readers(wanted, 1, language="en")
    rule = {"all": [{"condition": "language", "operator": "is", "value": "en"}]}
    mailing = expanding(wanted, audience_rule=rule)
    expansion.expand(mailing_id=mailing.pk)
    assert [row.contact for row in mailing.deliveries.all()] == meant


def test_a_chunk_reads_its_own_stretch_of_the_lists_and_not_all_of_them(monkeypatch):
    # A plan that begins each chunk at the first member again makes a million take minutes.
    monkeypatch.setattr(expansion, "CHUNK", 10)
    wanted = MailingListFactory()
    readers(wanted, 1)
    mailing = expanding(wanted)
    with CaptureQueriesContext(connection) as queries:
        expansion._chunk(mailing.pk)
    (insert,) = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    inner = insert.partition("EXISTS(")[2].partition("LIMIT 1")[0]
    assert inner.count('"contact_id" >') == inner.count('"contact_id" <=') == 1


def test_a_failure_inside_a_chunk_takes_the_cursor_back_with_it(monkeypatch):
    wanted = MailingListFactory()
    readers(wanted, 2)
    mailing = expanding(wanted)

    def fail(*_arguments):
        raise IntegrityError

    monkeypatch.setattr(expansion, "_insert", fail)
    with pytest.raises(IntegrityError):
        expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.expansion_cursor) == (MailingState.EXPANDING, 0)


def test_making_the_list_twice_adds_nothing():
    wanted = MailingListFactory()
    readers(wanted, 5)
    mailing = expanding(wanted)
    expansion.expand(mailing_id=mailing.pk)
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.EXPANDING, expansion_cursor=0)
    expansion.expand(mailing_id=mailing.pk)
    assert mailing.deliveries.count() == 5


def test_whoever_has_a_row_keeps_it_and_the_others_of_her_chunk_get_theirs():
    wanted = MailingListFactory()
    people = readers(wanted, 5)
    mailing = expanding(wanted)
    expansion.expand(mailing_id=mailing.pk)
    kept = set(mailing.deliveries.filter(contact__in=people[:2]).values_list("pk", flat=True))
    mailing.deliveries.exclude(pk__in=kept).delete()
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.EXPANDING, expansion_cursor=0)
    expansion.expand(mailing_id=mailing.pk)
    now = dict(mailing.deliveries.values_list("contact", "pk"))
    assert set(now) == {person.pk for person in people}
    assert kept <= set(now.values())


def test_two_workers_on_one_mailing_share_it_without_doubling(monkeypatch):
    monkeypatch.setattr(expansion, "CHUNK", 2)
    wanted = MailingListFactory()
    readers(wanted, 6)
    mailing = expanding(wanted)
    stale = Mailing.objects.get(pk=mailing.pk)
    assert expansion._chunk(mailing.pk)
    assert not expansion._advance(stale, 999_999)
    expansion.expand(mailing_id=mailing.pk)
    assert mailing.deliveries.count() == 6


def test_a_pause_stops_the_making_and_resume_goes_on(rung, organiser):
    wanted = MailingListFactory()
    readers(wanted, 3)
    mailing = expanding(wanted)
    mailings.pause(mailing=mailing)
    expansion.expand(mailing_id=mailing.pk)
    assert mailing.deliveries.count() == 0
    mailings.resume(mailing=mailing, by=organiser)
    rung.collect()
    assert rung.seen[-1].ids == (mailing.pk,)
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.total) == (MailingState.SENDING, 3)


def test_a_mailing_without_readers_is_sent_at_once():
    mailing = expanding(MailingListFactory())
    expansion.expand(mailing_id=mailing.pk)
    assert mailings.finish_done() == 1
    mailing.refresh_from_db()
    assert (mailing.state, mailing.total) == (MailingState.SENT, 0)


def test_nothing_happens_without_a_version_or_a_mailing():
    mailing = expanding(MailingListFactory())
    MailingVersion.objects.all().delete()
    expansion.expand(mailing_id=mailing.pk)
    expansion.expand(mailing_id=987_654)
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("people", [3, 30])
def test_a_chunk_costs_the_same_queries_for_few_and_many(people):
    wanted = MailingListFactory()
    readers(wanted, people)
    mailing = expanding(wanted)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        expansion._chunk(mailing.pk)
    ours = [query for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(ours) == 7


def test_a_list_nobody_can_make_any_more_stands_still_and_says_why():
    size = custom_fields.create(details=Details("Size", "choice", ("S", "M")))
    wanted = MailingListFactory()
    readers(wanted, 1, attributes={"size": "S"})
    asked = {"condition": "field_size", "operator": "chosen", "value": "S"}
    mailing = expanding(wanted, audience_rule={"all": [asked]})
    # No page takes a choice out that is asked for; a table put back from elsewhere may.
    CustomField.objects.filter(pk=size.pk).update(choices=["M"])
    expansion.expand(mailing_id=mailing.pk)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert mailing.pause_reason == "Who gets it: Choose one of the values offered."
    assert not mailing.deliveries.exists()
