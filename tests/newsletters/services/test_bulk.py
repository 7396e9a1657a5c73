"""Changes to many people: what they do, what a kill leaves, what comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.errors import BulkRefused
from newsletters.models import (
    BulkChange,
    BulkChangeRow,
    BulkKind,
    BulkState,
    ConsentEvent,
    Contact,
    CustomField,
    StaffAct,
    Tag,
)
from newsletters.selectors import bulk as selector
from newsletters.selectors.people import Query
from newsletters.services import bulk, bulk_terms, work
from newsletters.states import DeliveryState, SubscriptionState
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
EVERYBODY = Query()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)


def started(kind, terms, query=EVERYBODY):
    return bulk.start(query=query, kind=kind, terms=terms, by=UserFactory())


def done(kind, terms, query=EVERYBODY):
    change = started(kind, terms, query)
    bulk.run(change_id=change.pk)
    change.refresh_from_db()
    assert (change.state, change.done) == (BulkState.DONE, change.total)
    return change


def undone(change):
    bulk.ask_undo(change=change)
    bulk.undo(change_id=change.pk)
    change.refresh_from_db()
    assert change.state == BulkState.UNDONE
    assert not change.rows.exists()


def wearers(tag):
    return set(Contact.objects.filter(tags__name=tag).values_list("pk", flat=True))


def test_a_tag_is_put_on_and_taken_back_only_from_who_got_it():
    people = ContactFactory.create_batch(5)
    had = Tag.objects.create(name="vigil")
    people[0].tags.add(had)
    change = done(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on(" vigil "))
    assert change.changed == 4
    assert len(wearers("vigil")) == 5
    assert StaffAct.objects.get().details == {"change": change.pk, "act": "add_tag", "people": 5}
    undone(change)
    assert wearers("vigil") == {people[0].pk}


def test_a_new_tag_is_made_by_the_start_and_not_by_the_look():
    ContactFactory()
    terms = bulk_terms.tag_to_put_on("stall")
    assert selector.preview(EVERYBODY, BulkKind.ADD_TAG, terms).touched == 1
    assert not Tag.objects.exists()
    done(BulkKind.ADD_TAG, terms)
    assert len(wearers("stall")) == 1


def test_a_tag_is_taken_off_and_comes_back():
    people = ContactFactory.create_batch(3)
    tag = Tag.objects.create(name="vigil")
    tag.contacts.add(*people[:2])
    terms = bulk_terms.tag_to_take_off(tag)
    look = selector.preview(EVERYBODY, BulkKind.REMOVE_TAG, terms)
    assert (look.total, look.touched, look.rest) == (3, 2, 1)
    assert (look.samples[0].before, look.samples[0].after) == ("vigil", "")
    change = done(BulkKind.REMOVE_TAG, terms, Query(tag=tag.pk))
    assert wearers("vigil") == set()
    undone(change)
    assert wearers("vigil") == {person.pk for person in people[:2]}


def test_a_field_is_set_and_put_back_where_nobody_wrote_since():
    de, fr, none = (ContactFactory(language=code) for code in ("de", "fr", ""))
    terms = bulk_terms.field_to_set("language", "French")
    assert selector.preview(EVERYBODY, BulkKind.SET_FIELD, terms).touched == 2
    change = done(BulkKind.SET_FIELD, terms)
    assert change.changed == 2
    assert set(Contact.objects.values_list("language", flat=True)) == {"fr"}
    Contact.objects.filter(pk=de.pk).update(language="kk")
    undone(change)
    languages = dict(Contact.objects.values_list("pk", "language"))
    assert languages == {de.pk: "kk", fr.pk: "fr", none.pk: ""}


def test_a_field_of_ones_own_is_set_typed_and_put_back():
    CustomField.objects.create(name="Shirts", key="shirts", kind="number")
    two, nothing = ContactFactory(attributes={"shirts": 2}), ContactFactory(attributes={"x": 1})
    with pytest.raises(BulkRefused):
        bulk_terms.field_to_set("field_shirts", "many")
    terms = bulk_terms.field_to_set("field_shirts", "2")
    assert selector.preview(EVERYBODY, BulkKind.SET_FIELD, terms).touched == 1
    change = done(BulkKind.SET_FIELD, terms)
    nothing.refresh_from_db()
    assert nothing.attributes == {"x": 1, "shirts": 2}
    undone(change)
    nothing.refresh_from_db()
    assert nothing.attributes == {"x": 1}
    done(BulkKind.SET_FIELD, bulk_terms.field_to_set("field_shirts", ""))
    two.refresh_from_db()
    assert two.attributes == {}


def test_leaving_a_list_is_written_down_skips_mail_and_has_no_way_back():
    letters, other = MailingListFactory(), MailingListFactory()
    rows = [SubscriptionFactory(mailing_list=letters) for _ in range(3)]
    SubscriptionFactory(contact=rows[0].contact, mailing_list=other)
    waits = SubscriptionFactory(mailing_list=letters, state=SubscriptionState.PENDING)
    mail = DeliveryFactory(contact=rows[0].contact, mailing_list=letters)
    mail.mailing.lists.add(letters)
    both = DeliveryFactory(contact=rows[0].contact, mailing_list=letters)
    both.mailing.lists.add(letters, other)
    change = done(BulkKind.TAKE_OFF, bulk_terms.list_to_leave(letters))
    assert change.changed == 4
    assert not letters.subscriptions.exclude(state=SubscriptionState.UNSUBSCRIBED).exists()
    waits.refresh_from_db()
    assert waits.unsubscribed_at
    assert other.subscriptions.get().state == SubscriptionState.ACTIVE
    events = ConsentEvent.objects.values_list("act", "method", "mailing_list")
    assert set(events) == {("withdrawn", f"bulk change {change.pk}", letters.pk)}
    assert len(events) == 4
    mail.refresh_from_db()
    both.refresh_from_db()
    assert (mail.state, mail.reason) == (DeliveryState.SKIPPED, "unsubscribed")
    assert both.state == DeliveryState.READY
    with pytest.raises(BulkRefused):
        bulk.ask_undo(change=change)


def test_a_killed_change_goes_on_and_an_overtaken_worker_writes_nothing(rung, monkeypatch):
    ContactFactory.create_batch(5)
    change = started(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on("vigil"))
    real = work.renew

    def killed(job, **values):
        real(job, **values)
        if job.done >= 2:
            raise SystemExit

    monkeypatch.setattr(work, "renew", killed)
    with pytest.raises(SystemExit):
        bulk.run(change_id=change.pk)
    monkeypatch.setattr(work, "renew", real)
    assert bulk.resume() == 0
    bulk.run(change_id=change.pk)
    assert BulkChangeRow.objects.count() < 5
    BulkChange.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    ContactFactory()
    assert bulk.resume() == 1
    bulk.run(change_id=change.pk)
    change.refresh_from_db()
    assert (change.state, change.changed, len(wearers("vigil"))) == (BulkState.DONE, 5, 5)
    bulk.run(change_id=change.pk)
    assert BulkChangeRow.objects.count() == 5


def test_a_stopped_change_keeps_what_it_did_and_can_be_undone():
    ContactFactory()
    change = started(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on("vigil"))
    bulk.stop(change=change)
    bulk.run(change_id=change.pk)
    change.refresh_from_db()
    assert change.state == BulkState.STOPPED
    assert wearers("vigil") == set()


def test_a_list_that_is_gone_fails_in_words():
    ContactFactory()
    letters = MailingListFactory()
    change = started(BulkKind.TAKE_OFF, bulk_terms.list_to_leave(letters))
    letters.delete()
    bulk.run(change_id=change.pk)
    change.refresh_from_db()
    assert change.state == BulkState.FAILED
    assert change.error


def test_after_thirty_days_nothing_is_kept_and_nothing_comes_back():
    ContactFactory.create_batch(3)
    change = done(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on("vigil"))
    BulkChange.objects.update(finished_at=timezone.now() - timedelta(days=31))
    assert bulk.forget() == 3
    change.refresh_from_db()
    assert change.query == work.FORGOTTEN
    with pytest.raises(BulkRefused):
        bulk.ask_undo(change=change)


def test_nobody_is_not_changed():
    with pytest.raises(BulkRefused):
        started(BulkKind.ADD_TAG, bulk_terms.tag_to_put_on("vigil"))
