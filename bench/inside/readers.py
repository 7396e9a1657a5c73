"""Fill an empty PostgreSQL database with people, what they did and what they got.

``python -m bench.inside.readers 1000000 30`` makes a million people and thirty
mailings to each of them, a week apart. By SQL alone: the asking is measured, not this.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from bench.inside.made import insert
from campaigns.models import Campaign, Event, Rsvp
from campaigns.states import EventState, RsvpState
from newsletters.models import (
    ConsentEvent,
    ConsentWording,
    Contact,
    ContactTag,
    CustomField,
    Delivery,
    DeliveryEvent,
    Mailing,
    MailingList,
    Subscription,
    Tag,
)
from newsletters.states import DeliveryState, Heard, MailingState, SubscriptionState
from petitions.models import Petition, PetitionText, Signature
from petitions.states import PetitionState, SignatureState

KEY = "md5(i::text)"
# Share of the people on each list, and under each petition.
LISTS = {"Letters from Karsh": 0.9, "Urgent actions": 0.4, "Press": 0.02}
PETITIONS = (0.5, 0.2, 0.05)
EVENTS = (0.1, 0.01)
# Share of the mails that were opened, and whose link was followed; one in ten by a machine.
OPENED, CLICKED = 0.2, 0.05
FIELDS = {"age": "number", "town": "text", "member": "yes_no", "since": "date", "skills": "choices"}


def main(people: int, mailings: int) -> None:
    """Make the rows and let the database look at them."""
    crowd = f"generate_series(1, {people}) i"
    _people(crowd)
    _lists()
    _petitions(people)
    _events()
    _ledger(mailings)
    heard = _heard()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps({"deliveries": people * mailings, "opens_and_clicks": heard}))


def _people(crowd: str) -> None:
    for key, kind in FIELDS.items():
        choices = ["translate", "drive", "cook"] if kind == "choices" else []
        CustomField.objects.create(key=key, name=key.title(), kind=kind, choices=choices)
    insert(
        Contact,
        crowd,
        email="'reader' || i || '@example.org'",
        email_typed="'reader' || i || '@example.org'",
        address_key=KEY,
        given_name="'Reader ' || i",
        language="(ARRAY['en','en','ru','kk','de'])[1 + i % 5]",
        country="(ARRAY['AT','DE','KZ','FR','','PL','CH'])[1 + i % 7]",
        postcode="lpad((i % 99999)::text, 5, '0')",
        phone="CASE WHEN i % 3 = 0 THEN '+43' || i ELSE '' END",
        state="'reachable'",
        attributes="""jsonb_build_object('age', 18 + i % 70, 'town', 'Town ' || i % 500,
            'member', i % 11 = 0, 'since', (now() - i % 3000 * interval '1 day')::date::text,
            'skills', CASE WHEN i % 13 = 0 THEN '["drive", "cook"]' ELSE '[]' END::jsonb)""",
        created_at="now() - i % 1500 * interval '1 day'",
    )
    tags = [Tag.objects.create(name=f"tag {number}") for number in range(5)]
    for number, tag in enumerate(tags):
        insert(
            ContactTag,
            f"newsletters_contact WHERE id % {4 + number * 10} = 0",
            contact_id="id",
            tag_id=str(tag.pk),
        )
    wording = ConsentWording.objects.create(
        text="Letters about people held in Karsh, once a week.", language="en", version=1
    )
    insert(
        ConsentEvent,
        "newsletters_contact",
        contact_id="id",
        address_key="address_key",
        act="'granted'",
        wording_id=f"CASE WHEN id % 2 = 0 THEN {wording.pk} END",
        legal_basis="'consent on paper'",
        happened_at="created_at",
    )


def _lists() -> None:
    for name, share in LISTS.items():
        row = MailingList.objects.create(name=name, slug=name.lower().replace(" ", "-"))
        insert(
            Subscription,
            f"newsletters_contact WHERE id % 1000 < {share * 1000}",
            contact_id="id",
            mailing_list_id=str(row.pk),
            state=f"CASE WHEN id % 19 = 0 THEN '{SubscriptionState.UNSUBSCRIBED}' "
            f"ELSE '{SubscriptionState.ACTIVE}' END",
            confirmed_at="created_at",
        )


def _petitions(people: int) -> None:
    campaign = Campaign.objects.create(name="Karsh", slug="karsh", summary="")
    for number, share in enumerate(PETITIONS):
        row = Petition.objects.create(
            slug=f"petition-{number}", campaign=campaign, state=PetitionState.OPEN
        )
        text = PetitionText.objects.create(petition=row, language="en", title=f"Free {number}")
        # Half of the signers are readers.
        insert(
            Signature,
            f"generate_series(1, {int(people * share)}) n, LATERAL (SELECT n * 2 AS i) twice",
            petition_id=str(row.pk),
            text_id=str(text.pk),
            state=f"'{SignatureState.COUNTED}'",
            address_key=KEY,
            person_key=KEY,
            confirmed_at=f"now() - (i % 400 + {number * 200}) * interval '1 day'",
        )


def _events() -> None:
    for number, share in enumerate(EVENTS):
        starts_at = timezone.now() + timedelta(days=5 + number * 30)
        row = Event.objects.create(
            title=f"Vigil {number}",
            slug=f"vigil-{number}",
            state=EventState.ANNOUNCED,
            starts_at=starts_at,
        )
        insert(
            Rsvp,
            f"newsletters_contact WHERE id % 1000 < {share * 1000}",
            event_id=str(row.pk),
            state=f"'{RsvpState.COMING}'",
            person_key="address_key",
            address_key="address_key",
            confirmed_at="created_at",
        )


def _ledger(mailings: int) -> None:
    with _without_indexes(Delivery):
        for number in range(mailings):
            _mailing(7 * (mailings - number) - 3, number)


def _mailing(days: int, number: int) -> None:
    began = timezone.now() - timedelta(days=days)
    row = Mailing.objects.create(
        name=f"Letter {number + 1}",
        state=MailingState.SENT,
        started_at=began,
        finished_at=began + timedelta(hours=1),
        counts_opens=True,
        counts_clicks=True,
    )
    at = f"now() - {days} * interval '1 day'"
    insert(
        Delivery,
        "newsletters_contact",
        mailing_id=str(row.pk),
        contact_id="id",
        address="email",
        address_key="address_key",
        state=f"CASE WHEN id % 31 = {number} THEN {DeliveryState.REFUSED} "
        f"ELSE {DeliveryState.ACCEPTED} END",
        due_at=at,
        accepted_at=f"{at} + id / 300 * interval '1 second'",
        last_code="'250'",
    )


def _heard() -> int:
    """Opens and clicks of every mailing, spread over its readers."""
    with _without_indexes(DeliveryEvent):
        for mailing in Mailing.objects.order_by("pk"):
            link = mailing.tracked_links.create(url="https://example.org/appeal")
            _hear(mailing, Heard.OPENED, OPENED, "NULL")
            _hear(mailing, Heard.CLICKED, CLICKED, str(link.pk))
    return DeliveryEvent.objects.count()


def _hear(mailing: Mailing, kind: Heard, share: float, link: str) -> None:
    often = f"(contact_id * 7919 + {mailing.pk} * 31) % 1000"
    insert(
        DeliveryEvent,
        f"newsletters_delivery WHERE mailing_id = {mailing.pk} AND {often} < {share * 1000}",
        delivery_id="id",
        contact_id="contact_id",
        mailing_id="mailing_id",
        kind=str(kind.value),
        link_id=link,
        by_machine="contact_id % 10 = 0",
        happened_at="date_trunc('day', accepted_at)",
    )


@contextmanager
def _without_indexes(model: type[Model]) -> Iterator[None]:
    """Filling goes several times faster, and the indexes come out as tight as in a new table."""
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.remove_index(model, index)
        for constraint in model._meta.constraints:
            editor.remove_constraint(model, constraint)
    yield
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.add_index(model, index)
        for constraint in model._meta.constraints:
            editor.add_constraint(model, constraint)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
