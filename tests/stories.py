"""Situations that many tests begin with."""

from django.db.models import Count
from django.utils import timezone

from newsletters.addresses import address_key
from newsletters.models import (
    Contact,
    Delivery,
    Mailing,
    MailingList,
    MailingVersion,
    Subscription,
)
from newsletters.states import DeliveryState, DoubtPolicy, MailingState, SubscriptionState

HTML = (
    '<html><body><p>Dear {{ given_name | default: "friend" }},</p>'
    "<p>Mira Osk is held in Prison 4. Write today.</p>{filler}"
    '<p><a href="{{ unsubscribe_url }}">Leave the list</a></p></body></html>'
)
TEXT = (
    'Dear {{ given_name | default: "friend" }},\n\nMira Osk is held in Prison 4. Write today.\n\n'
    "Leave the list: {{ unsubscribe_url }}\nYour choices: {{ preferences_url }}\n"
)


def members(count: int, *, mailing_list: MailingList | None = None, start: int = 0) -> MailingList:
    """A list with ``count`` active members p<n>@example.org, made with set statements."""
    mailing_list = mailing_list or MailingList.objects.create(name="Appeals", slug="appeals")
    people = []
    for number in range(start, start + count):
        email = f"p{number}@example.org"
        people.append(
            Contact(
                email=email,
                email_typed=email,
                address_key=address_key(email),
                given_name=f"Person {number}",
                language="en",
            )
        )
    made = Contact.objects.bulk_create(people, batch_size=2000)
    Subscription.objects.bulk_create(
        [
            Subscription(contact=person, mailing_list=mailing_list, state=SubscriptionState.ACTIVE)
            for person in made
        ],
        batch_size=2000,
    )
    return mailing_list


def half_sent(count: int, *, doubt: DoubtPolicy = DoubtPolicy.RESEND, filler: str = "") -> Mailing:
    """A mailing in SENDING with ``count`` rows READY, its text frozen."""
    mailing_list = members(count)
    mailing = Mailing.objects.create(
        name="Let the nurse see a doctor",
        state=MailingState.SENDING,
        started_at=timezone.now(),
        total=count,
        doubt_policy=doubt,
    )
    mailing.lists.add(mailing_list)
    version = MailingVersion.objects.create(
        mailing=mailing,
        number=1,
        sender="Free Mira <campaign@testserver>",
        list_id="Appeals <appeals.testserver>",
        parts={
            "en": {
                "": {
                    "subject": "Write for Mira Osk",
                    "html": HTML.replace("{filler}", filler),
                    "text": TEXT,
                }
            }
        },
        content_hash="0" * 64,
    )
    now = timezone.now()
    Delivery.objects.bulk_create(
        [
            Delivery(
                mailing=mailing,
                version=version,
                contact=person,
                mailing_list=mailing_list,
                address=person.email,
                address_key=person.address_key,
                language="en",
                due_at=now,
            )
            for person in Contact.objects.order_by("pk").iterator(chunk_size=2000)
        ],
        batch_size=2000,
    )
    return mailing


def states(mailing: Mailing) -> dict[DeliveryState, int]:
    """How many rows stand where."""
    rows = Delivery.objects.filter(mailing=mailing).values("state").annotate(n=Count("pk"))
    return {DeliveryState(row["state"]): row["n"] for row in rows.order_by("state")}
