"""Every period is told before it is kept, and what is over loses its addresses."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from newsletters import mails
from newsletters.models import (
    BulkChange,
    BulkChangeRow,
    BulkKind,
    BulkState,
    Contact,
    Delivery,
    DeliveryBody,
    ImportJob,
    Mailing,
    Merge,
    Subscription,
)
from newsletters.selectors import proof, unsubscribe
from newsletters.services import deliveries, old_mails, outgoing, retention
from newsletters.services.links import unsubscribe_token
from newsletters.states import DeliveryState, MailingState, SkipReason, SubscriptionState
from petitions.states import SignatureState
from tests.factories.campaigns import LetterFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.factories.petitions import SignatureFactory

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


def ended(days, people=3, **row):
    """A mailing that ended so many days ago."""
    mailing = MailingFactory()
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.SENT, started_at=ago(days), finished_at=ago(days), total=people
    )
    for _ in range(people):
        DeliveryFactory(
            mailing=mailing, **{"state": DeliveryState.ACCEPTED, "last_text": "for ann@…", **row}
        )
    mailing.refresh_from_db()
    return mailing


def test_addresses_go_thirty_days_after_the_end_in_chunks_and_the_report_stays(client, monkeypatch):
    monkeypatch.setattr(old_mails, "CHUNK", 2)
    old, young = ended(31, people=5), ended(29)
    link = unsubscribe_token(old.deliveries.first())
    assert old_mails.forget_addresses() == 5
    assert set(old.deliveries.values_list("address", "last_text")) == {("", "")}
    assert "" not in young.deliveries.values_list("address", flat=True)
    old.refresh_from_db()
    assert old.forgotten_at
    assert old_mails.forget_addresses() == 0
    # The sums hold, the page names people, an old link still leads somewhere.
    assert proof.unproved(also={old.pk}) == []
    departure = unsubscribe.by_link(link)
    assert departure
    assert departure.contact == old.deliveries.first().contact
    client.force_login(UserFactory(permissions=["newsletters.view_mailing"]))
    page = client.get(f"/staff/mailings/{old.pk}/people/")
    assert page.status_code == 200
    assert old.deliveries.first().contact.email in page.text


def test_what_was_held_for_a_better_relay_does_not_go_without_an_address(client):
    old = ended(31, state=DeliveryState.SKIPPED, reason=SkipReason.NEEDS_SMTPUTF8)
    old_mails.forget_addresses()
    assert deliveries.send_held(mailing=old, by=UserFactory()) == 0


def test_the_text_and_the_address_of_a_single_mail_go_after_thirty_days():
    rows = []
    for state in (DeliveryState.ACCEPTED, DeliveryState.READY, DeliveryState.ACCEPTED):
        row = outgoing.queue(
            mail=mails.FRESH_LINK,
            to=outgoing.recipient(ContactFactory()),
            context={"preferences_url": "/p/"},
        )
        assert row
        Delivery.objects.filter(pk=row.pk).update(state=state, created_at=ago(31))
        rows.append(row)
    Delivery.objects.filter(pk=rows[2].pk).update(created_at=ago(29))
    assert old_mails.forget_texts() == 1
    assert list(DeliveryBody.objects.values_list("pk", flat=True).order_by("pk")) == [
        rows[1].pk,
        rows[2].pk,
    ]
    assert list(Delivery.objects.filter(address="").values_list("pk", flat=True)) == [rows[0].pk]


@pytest.fixture
def one_of_each():
    """One row past its time for nearly every rule."""
    waiting = SubscriptionFactory(state=SubscriptionState.PENDING)
    Subscription.objects.filter(pk=waiting.pk).update(created_at=ago(15))
    ended(31, people=1)
    ImportJob.objects.create(file_name="a.csv", file_digest="0", stored_name="imports/none")
    ImportJob.objects.update(created_at=ago(31))
    change = BulkChange.objects.create(
        kind=BulkKind.ADD_TAG, state=BulkState.DONE, finished_at=ago(31)
    )
    BulkChangeRow.objects.create(change=change, contact=ContactFactory())
    Merge.objects.create(gone_id=1, before={"a": 1})
    Merge.objects.update(created_at=ago(31))
    signature = SignatureFactory(state=SignatureState.PENDING)
    letter = LetterFactory()
    for row in (signature, letter):
        type(row).objects.filter(pk=row.pk).update(created_at=ago(22))


def test_the_dry_run_tells_what_the_run_removes_and_changes_nothing(one_of_each, client):
    told = {standing.rule.name: standing.due for standing in retention.dry_run()}
    assert Contact.objects.count() == 3
    assert {name for name, due in told.items() if due} == {
        "unconfirmed",
        "addresses",
        "imports",
        "bulk",
        "merges",
        "signatures_unconfirmed",
        "letters_unconfirmed",
    }
    printed = StringIO()
    call_command("forget", "--dry-run", stdout=printed)
    assert "merges: 1 would go" in printed.getvalue()
    assert "Last run: never" in printed.getvalue()
    client.force_login(UserFactory(permissions=["newsletters.delete_contact"]))
    assert client.get("/staff/people/kept/").text.count("not yet") == len(told)
    removed = retention.prune()
    assert {name: removed[name] for name in told} == told
    assert {standing.due for standing in retention.dry_run()} == {0}
    assert "not yet" not in client.get("/staff/people/kept/").text


def test_the_periods_are_for_those_who_may_erase(client):
    client.force_login(UserFactory(permissions=["newsletters.view_contact"]))
    assert client.get("/staff/people/kept/").status_code == 403
