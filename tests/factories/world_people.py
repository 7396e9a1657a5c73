"""People of a test world, in every state that has pages of its own."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from newsletters import tokens
from newsletters.addresses import address_key
from newsletters.models import (
    AddressChange,
    BulkChange,
    BulkKind,
    BulkState,
    Contact,
    CustomField,
    Double,
    Export,
    ExportFormat,
    ImportRowError,
    Note,
    OtherAddress,
    Segment,
    Suppression,
    Tag,
    TrackedLink,
)
from newsletters.selectors.people import Query
from newsletters.services import exports, imports, links, merges
from newsletters.states import (
    ImportState,
    SubscriptionState,
    SuppressionReason,
    SuppressionScope,
)
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    MailingListFactory,
    SubscriptionFactory,
    TopicFactory,
    UserFactory,
)
from tests.factories.places import Arguments, pks, token


def people(sheet: bytes) -> dict[str, list[Arguments]]:
    """Two people and everything around them; ``sheet`` is imported in every state."""
    contact, left = ContactFactory(), ContactFactory()
    contact.tags.add(Tag.objects.create(name="press"))
    contact.topics.add(TopicFactory())
    lists = [MailingListFactory(), MailingListFactory(is_public=False, is_sensitive=True)]
    SubscriptionFactory(contact=contact, mailing_list=lists[0])
    SubscriptionFactory(contact=contact, mailing_list=lists[1], state=SubscriptionState.PENDING)
    Suppression.objects.create(
        address_key=left.address_key,
        scope=SuppressionScope.ALL,
        reason=SuppressionReason.BLOCKED,
        detail="asked on the phone",
        since=timezone.now(),
    )
    segment = Segment.objects.create(
        name="English", rule={"all": [{"condition": "language", "operator": "is", "value": "en"}]}
    )
    delivery = DeliveryFactory(contact=contact, mailing_list=lists[0])
    link = TrackedLink.objects.create(mailing=delivery.mailing, url="https://example.org/act/12")
    jobs = [_import(sheet, state) for state in ImportState]
    return {
        **_person(contact, left),
        **_work(),
        **{f"staff:{page}": pks(*lists) for page in ("list", "consent_report", "consent_table")},
        **dict.fromkeys(("staff:segment", "staff:segment_delete"), pks(segment)),
        **{
            f"staff:import_{step}": pks(*jobs)
            for step in (
                "map", "check", "report", "refused", "progress", "apply", "stop", "undo"
            )
        },
        "newsletters:confirm": [token(tokens.CONFIRM_SUBSCRIPTION, contact.pk)],
        "newsletters:preferences": [token(tokens.PREFERENCES, contact.pk)],
        "newsletters:fresh_link": [token(tokens.PREFERENCES, contact.pk)],
        "newsletters:new_address": [token(tokens.PREFERENCES, contact.pk)],
        "newsletters:address": [_address_change(contact)],
        "newsletters:access_ask": [token(tokens.PREFERENCES, contact.pk)],
        "newsletters:forget_me": [token(tokens.PREFERENCES, contact.pk)],
        "newsletters:access": [{"token": links.access_url(contact).split("/")[-2]}],
        "newsletters:follow": [{"token": tokens.seal(tokens.CLICKED, delivery.pk, link.pk)}],
        "newsletters:opened": [token(tokens.OPENED, delivery.pk)],
        "newsletters:unsubscribe": [
            {"token": tokens.seal(tokens.UNSUBSCRIBE, delivery.pk, contact.pk, lists[0].pk)}
        ],
    }  # fmt: skip


def _work() -> dict[str, list[Arguments]]:
    """Changes to many people and exports, in every state."""
    by, terms = UserFactory(), {"tag": 0, "name": "vigil"}
    changes = [
        BulkChange.objects.create(
            kind=BulkKind.ADD_TAG, terms=terms, state=state, total=3, done=1, changed=1, error="No."
        )
        for state in BulkState
    ]
    taken = [exports.start(query=Query(), written_as=ExportFormat.CSV, by=by)]
    taken += [Export.objects.create(state=state, total=3, created_by=by) for state in BulkState]
    acts = ("", "_progress", "_stop")
    return {
        **{f"staff:bulk{act}": pks(*changes) for act in (*acts, "_undo")},
        **{f"staff:export{act}": pks(*taken) for act in (*acts, "_file")},
    }


def _person(contact: Contact, left: Contact) -> dict[str, list[Arguments]]:
    """What staff see of one person, and the fields there are for everybody."""
    field = CustomField.objects.create(
        name="Shirt size", key="shirt_size", kind="choice", choices=["S", "M"], hint="For the stall"
    )
    contact.attributes = {"shirt_size": "M"}
    contact.save(update_fields=["attributes"])
    email = "second@example.net"
    other = OtherAddress.objects.create(
        contact=contact, email=email, email_typed=email, address_key=address_key(email)
    )
    note = Note.objects.create(contact=contact, text="Calls in the evening.")
    Double.objects.create(
        first_id=contact.pk, second_id=left.pk, reason="name", seen_at=timezone.now()
    )
    pair = {"first": contact.pk, "second": left.pk}
    twice = [ContactFactory(), ContactFactory()]
    merge = merges.merge(pair=merges.Pair(*twice), choices={}, by=UserFactory())
    acts = (
        "", "_edit", "_take_off", "_block", "_unblock", "_addresses", "_note_add", "_access",
        "_erase",
    )  # fmt: skip
    return {
        **{f"staff:person{act}": pks(contact, left) for act in acts},
        **{
            f"staff:person_address_{act}": [{"pk": contact.pk, "other": other.pk}]
            for act in ("first", "remove")
        },
        **{f"staff:double{act}": [pair] for act in ("", "_different")},
        "staff:double_with": pks(contact),
        "staff:merge_undo": pks(merge),
        "staff:person_note_delete": [{"pk": contact.pk, "note": note.pk}],
        **{f"staff:custom_field{act}": pks(field) for act in ("", "_move", "_delete")},
    }


def _address_change(contact: Contact) -> Arguments:
    """One that waits for its answer."""
    typed = "new@example.org"
    change = AddressChange.objects.create(contact=contact, email=typed, email_typed=typed)
    token = tokens.seal(tokens.CHANGE_ADDRESS, change.pk, contact.pk)
    return {"token": token}


def _import(sheet: bytes, state: ImportState) -> Any:
    upload = SimpleUploadedFile("people.csv", sheet, content_type="text/csv")
    job = imports.create(file=upload, user=UserFactory())
    ImportRowError.objects.create(
        job=job, row=3, column="email", message="This is no address.", cells=["not an address"]
    )
    job.state = state
    job.save()
    return job
