"""Two people made one, and parted again."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newsletters import tokens
from newsletters.addresses import address_key
from newsletters.errors import MergeRefused
from newsletters.models import (
    ConsentAct,
    ConsentEvent,
    Contact,
    Delivery,
    Different,
    Merge,
    Note,
    OtherAddress,
    StaffAct,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.selectors import contacts, unsubscribe
from newsletters.selectors.merges import reasons_of
from newsletters.services import consent, merges, subscriptions, suppressions
from newsletters.services.consent import Door
from newsletters.services.merges import Pair
from newsletters.services.merges.rows import freeze
from newsletters.states import (
    DeliveryState,
    MailingState,
    SkipReason,
    SubscriptionState,
    SuppressionReason,
)
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ACTIVE, PENDING, LEFT = (
    SubscriptionState.ACTIVE,
    SubscriptionState.PENDING,
    SubscriptionState.UNSUBSCRIBED,
)


@pytest.fixture
def by(db):
    return UserFactory()


@pytest.fixture
def two(db):
    """Who is kept, and who becomes part of her."""
    return Pair(ContactFactory(email="ana@example.org"), ContactFactory(email="a.m@example.net"))


def state_of(contact, mailing_list):
    row = Subscription.objects.filter(contact=contact, mailing_list=mailing_list).first()
    return row.state if row else None


def part(merge, by):
    """The other one of the two again."""
    gone = merges.undo(merge=merge, by=by)
    assert gone is not None
    return gone


def test_values_are_taken_as_chosen_and_gaps_are_filled(two, by):
    Contact.objects.filter(pk=two.kept.pk).update(
        phone="", postcode="1010", attributes={"shirt": "M", "stall": False}
    )
    Contact.objects.filter(pk=two.gone.pk).update(
        phone="+43 1",
        postcode="2020",
        attributes={"shirt": "S", "stall": True, "born": "1980-01-02"},
    )
    merges.merge(pair=two, choices={"postcode": "gone", "field_shirt": "gone"}, by=by)
    kept = Contact.objects.get()
    assert (kept.email, kept.phone, kept.postcode) == ("ana@example.org", "+43 1", "2020")
    assert kept.attributes == {"shirt": "S", "stall": False, "born": "1980-01-02"}
    assert contacts.keys_of(kept) == [
        address_key("ana@example.org"),
        address_key("a.m@example.net"),
    ]
    act = StaffAct.objects.get()
    assert (act.kind, act.contact_id, act.by) == ("merged", kept.pk, by)
    assert act.details == {"merge": Merge.objects.get().pk}


def test_pressing_twice_is_as_once_and_nobody_is_merged_with_herself(two, by):
    first = merges.merge(pair=two, choices={}, by=by)
    assert merges.merge(pair=two, choices={}, by=by) == first
    with pytest.raises(MergeRefused):
        merges.merge(pair=Pair(two.kept, two.kept), choices={}, by=by)
    assert merges.undo(merge=first, by=by) is not None
    assert merges.undo(merge=first, by=by) is None
    assert StaffAct.objects.count() == 2


def test_what_one_address_is_left_alone_for_holds_for_both_but_not_a_dead_mailbox(two, by):
    suppressions.suppress(
        address_key=two.gone.address_key, reason=SuppressionReason.LEFT_ALL, detail="page"
    )
    suppressions.suppress(address_key=two.gone.address_key, reason=SuppressionReason.BOUNCED)
    merges.merge(pair=two, choices={}, by=by)
    row = Suppression.objects.get(address_key=two.kept.address_key)
    assert (row.reason, row.scope, row.covered) == ("left_all", "bulk", "")
    merges.undo(merge=Merge.objects.get(), by=by)
    assert not Suppression.objects.filter(address_key=two.kept.address_key).exists()
    theirs = Suppression.objects.get()
    assert reasons_of(theirs) == {SuppressionReason.LEFT_ALL, SuppressionReason.BOUNCED}


def test_a_leave_since_is_a_leave_of_both_after_the_undo(two, by):
    both, hers = MailingListFactory(), MailingListFactory()
    for person in (two.kept, two.gone):
        SubscriptionFactory(contact=person, mailing_list=both)
    SubscriptionFactory(contact=two.gone, mailing_list=hers)
    merge = merges.merge(pair=two, choices={}, by=by)
    subscriptions.leave_everything(contact=two.kept, method="unsubscribe page")
    gone = part(merge, by)
    assert [state_of(who, both) for who in (two.kept, gone)] == [LEFT, LEFT]
    assert state_of(gone, hers) == LEFT
    assert Suppression.objects.filter(reason="left_all").count() == 2
    assert list(gone.consent_events.values_list("act", "method"))[-1] == (
        ConsentAct.WITHDRAWN,
        f"undo of merge {merge.pk}",
    )


def test_who_joined_again_since_stays_on_the_list(two, by):
    row = SubscriptionFactory(contact=two.kept)
    SubscriptionFactory(contact=two.gone, mailing_list=row.mailing_list, state=LEFT)
    merge = merges.merge(pair=two, choices={}, by=by)
    assert state_of(two.kept, row.mailing_list) == LEFT
    subscriptions.join(
        contact=two.kept, mailing_list=row.mailing_list, door=Door("preferences page")
    )
    gone = part(merge, by)
    assert state_of(two.kept, row.mailing_list) == ACTIVE
    assert state_of(gone, row.mailing_list) == LEFT


def test_mail_still_to_go_goes_once_and_to_the_kept_address(two, by):
    row = SubscriptionFactory(contact=two.gone)
    SubscriptionFactory(contact=two.kept, mailing_list=row.mailing_list)
    same, alone, sent = (
        MailingFactory(lists=[row.mailing_list], state=MailingState.SENDING) for _ in range(3)
    )
    for person, mailing, state in (
        (two.kept, same, DeliveryState.READY),
        (two.gone, same, DeliveryState.READY),
        (two.gone, alone, DeliveryState.READY),
        (two.kept, sent, DeliveryState.ACCEPTED),
        (two.gone, sent, DeliveryState.ACCEPTED),
    ):
        DeliveryFactory(
            contact=person, mailing=mailing, mailing_list=row.mailing_list, state=state,
            address=person.email, address_key=person.address_key,
        )  # fmt: skip
    merge = merges.merge(pair=two, choices={}, by=by)
    rows = {(d.mailing_id, d.contact_id): d for d in Delivery.objects.all()}
    assert len(rows) == 5
    assert rows[same.pk, two.kept.pk].state == DeliveryState.READY
    assert rows[same.pk, None].reason == SkipReason.MERGED
    assert rows[alone.pk, two.kept.pk].address == two.kept.email
    assert rows[sent.pk, None].state == DeliveryState.ACCEPTED
    gone = part(merge, by)
    assert gone.deliveries.count() == 3
    assert gone.deliveries.get(mailing=alone).address == gone.email
    assert gone.deliveries.get(mailing=same).state == DeliveryState.SKIPPED


def test_mail_of_a_list_that_neither_is_on_then_does_not_go(two, by):
    row = SubscriptionFactory(contact=two.gone, state=LEFT)
    SubscriptionFactory(contact=two.kept, mailing_list=row.mailing_list)
    mailing = MailingFactory(lists=[row.mailing_list], state=MailingState.SENDING)
    delivery = DeliveryFactory(contact=two.kept, mailing=mailing, mailing_list=row.mailing_list)
    merges.merge(pair=two, choices={}, by=by)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, SkipReason.UNSUBSCRIBED)


def test_old_links_lead_to_the_kept_person_and_show_nothing_without_a_new_mail(two, by, client):
    row = SubscriptionFactory(contact=two.gone)
    mine = SubscriptionFactory(contact=two.kept)
    preferences = tokens.seal(tokens.PREFERENCES, two.gone.pk)
    leave = tokens.seal(tokens.UNSUBSCRIBE, 0, two.gone.pk, row.mailing_list_id)
    merges.merge(pair=two, choices={}, by=by)
    page = client.get(f"/preferences/{preferences}/")
    assert mine.mailing_list.name not in page.text
    assert two.kept.email not in page.text
    bearer = contacts.bearer(tokens.PREFERENCES, preferences, hours=100)
    departure = unsubscribe.by_link(leave)
    assert bearer
    assert departure
    assert (bearer.contact, departure.contact) == (two.kept, two.kept)
    subscriptions.leave_by_token(leave, method="one-click")
    assert state_of(two.kept, row.mailing_list) == LEFT
    assert state_of(two.kept, mine.mailing_list) == ACTIVE


def test_merges_are_undone_last_first(two, by):
    third = ContactFactory(email="third@example.org")
    first = merges.merge(pair=two, choices={}, by=by)
    second = merges.merge(pair=Pair(third, two.kept), choices={}, by=by)
    assert contacts.merged_into(two.gone.pk) == third
    with pytest.raises(MergeRefused, match="later"):
        merges.undo(merge=first, by=by)
    merges.undo(merge=second, by=by)
    merges.undo(merge=first, by=by)
    assert Contact.objects.count() == 3
    assert not OtherAddress.objects.exists()


def test_no_undo_when_the_address_is_somebody_elses_or_the_time_is_over(two, by):
    merge = merges.merge(pair=two, choices={}, by=by)
    OtherAddress.objects.all().delete()
    stranger = ContactFactory(email="a.m@example.net")
    with pytest.raises(MergeRefused, match=r"a\.m@example\.net"):
        merges.undo(merge=merge, by=by)
    stranger.delete()
    Merge.objects.update(created_at="2026-01-01T00:00:00Z")
    assert merges.forget() == 1
    assert merges.forget() == 0
    with pytest.raises(MergeRefused):
        merges.undo(merge=merge, by=by)


def test_who_is_another_person_than_one_is_another_than_both(two, by):
    third = ContactFactory()
    Different.objects.create(first=two.gone, second=third)
    merge = merges.merge(pair=two, choices={}, by=by)
    said = Different.objects.get()
    assert {said.first_id, said.second_id} == {two.kept.pk, third.pk}
    merges.undo(merge=merge, by=by)
    said = Different.objects.get()
    assert {said.first_id, said.second_id} == {two.gone.pk, third.pk}


# Any two people --------------------------------------------------------------------
PEOPLE = st.fixed_dictionaries(
    {
        "profile": st.fixed_dictionaries(
            {
                "given_name": st.sampled_from(["", "Ana", "Anna"]),
                "postcode": st.sampled_from(["", "1010"]),
                "attributes": st.dictionaries(
                    st.sampled_from(["a", "b"]), st.sampled_from([1, False, "x", ["y"]])
                ),
                "digest_frequency": st.sampled_from(["weekly", "monthly", "never"]),
                "paused_until": st.sampled_from([None, "2026-12-01", "2027-01-05"]),
            }
        ),
        "lists": st.lists(st.sampled_from([None, ACTIVE, PENDING, LEFT]), min_size=3, max_size=3),
        "stops": st.sets(st.sampled_from(SuppressionReason), max_size=3),
        "tags": st.sets(st.sampled_from(["press", "vigil", "union"])),
        "notes": st.integers(0, 2),
        "others": st.booleans(),
    }
)
STRICT = [None, ACTIVE, PENDING, LEFT]


def make(number, drawn, lists):
    person = ContactFactory(email=f"p{number}@example.org", **drawn["profile"])
    person.tags.set([Tag.objects.get_or_create(name=name)[0] for name in drawn["tags"]])
    for mailing_list, state in zip(lists, drawn["lists"], strict=True):
        if state:
            SubscriptionFactory(contact=person, mailing_list=mailing_list, state=state)
            consent.record(
                contact=person, act=ConsentAct.GRANTED, door=Door("form"), mailing_list=mailing_list
            )
    for reason in sorted(drawn["stops"]):
        suppressions.suppress(address_key=person.address_key, reason=reason, detail=f"of {number}")
    for _ in range(drawn["notes"]):
        Note.objects.create(contact=person, text=f"Of {number}")
    if drawn["others"]:
        email = f"other{number}@example.org"
        OtherAddress.objects.create(
            contact=person, email=email, email_typed=email, address_key=address_key(email)
        )
    return Contact.objects.get(pk=person.pk)


def everything():
    """All that is known of anybody, but when it was last saved."""
    models = (Contact, Subscription, Suppression, Note, OtherAddress, ConsentEvent)
    rows = {
        model.__name__: [freeze(row) | {"updated_at": None} for row in model.objects.order_by("pk")]
        for model in models
    }
    worn = Contact.tags.through.objects.order_by("contact_id", "tag_id")
    return rows | {"tags": list(worn.values_list("contact_id", "tag_id"))}


def assert_as_strict(kept, before, lists, keys):
    for mailing_list in lists:
        states = [row.state for row in before["lists"] if row.mailing_list_id == mailing_list.pk]
        strictest = max([None, *states], key=STRICT.index)
        assert state_of(kept, mailing_list) == strictest
    rows = {row.address_key: row for row in Suppression.objects.all()}
    for key in keys:
        assert reasons_of(rows.get(key)) >= before["stops"] - {SuppressionReason.BOUNCED}
    frequencies = ["weekly", "monthly", "never"]
    assert kept.digest_frequency == max(before["digests"], key=frequencies.index)
    assert kept.paused_until == max(filter(None, before["pauses"]), default=None)


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=PEOPLE, second=PEOPLE, data=st.data())
def test_any_two_are_as_strict_as_the_stricter_lose_nothing_and_part_as_they_were(
    by, first, second, data
):
    for model in (Merge, Contact, Suppression, ConsentEvent, Note):
        model.objects.all().delete()
    lists = [MailingListFactory() for _ in range(3)]
    people = [make(number, drawn, lists) for number, drawn in enumerate((first, second))]
    names = ["given_name", "postcode", "field_a", "field_b"]
    choices = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["kept", "gone"])))
    kept, gone = data.draw(st.permutations(people))
    keys = [*contacts.keys_of(kept), *contacts.keys_of(gone)]
    before = {
        "lists": list(Subscription.objects.all()),
        "stops": frozenset().union(*map(reasons_of, Suppression.objects.all())),
        "digests": [person.digest_frequency for person in people],
        "pauses": [person.paused_until for person in people],
    }
    snapshot = everything()
    merge = merges.merge(pair=Pair(kept, gone), choices=choices, by=by)
    one = Contact.objects.get()
    assert_as_strict(one, before, lists, keys)
    assert set(contacts.keys_of(one)) == set(keys)
    assert one.notes.count() == first["notes"] + second["notes"]
    assert one.consent_events.count() == len(snapshot["ConsentEvent"])
    assert {tag.name for tag in one.tags.all()} == first["tags"] | second["tags"]
    merge.refresh_from_db()
    merges.undo(merge=merge, by=by)
    assert everything() == snapshot
