"""Many people at once, as rows of their tables: what an import of a million leaves behind."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from newsletters.addresses import address_key
from newsletters.models import Contact, MailingList, Subscription
from newsletters.states import ContactState, SubscriptionState

Row = tuple[str | int | datetime, ...]
PERSON = (
    *("email", "email_typed", "address_key", "person_key", "given_name", "family_name"),
    *("language", "time_zone", "country", "postcode", "phone", "attributes", "state"),
    *("digest_frequency", "created_at", "updated_at"),
)
MEMBER = ("contact_id", "mailing_list_id", "state", "method", "created_at")


def members(count: int, mailing_list: MailingList) -> None:
    """``count`` new active members of ``mailing_list``: p<n>@example.org."""
    before = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _copy(Contact._meta.db_table, PERSON, _people(before, count))
    new = Contact.objects.filter(pk__gt=before).values_list("pk", flat=True).order_by("pk")
    _copy(Subscription._meta.db_table, MEMBER, _joined(list(new), mailing_list))
    with connection.cursor() as cursor:
        # What a database of that size knows of itself.
        cursor.execute("ANALYZE")


def _people(first: int, count: int) -> Iterator[Row]:
    now = timezone.now()
    for number in range(first, first + count):
        email = f"p{number}@example.org"
        # Nobody looks for doubles here.
        name = ("", f"Person {number}", "", "en", "", "", "", "", "{}")
        yield (
            email,
            email,
            address_key(email),
            *name,
            str(ContactState.REACHABLE),
            "weekly",
            now,
            now,
        )


def _joined(ids: Iterable[int], mailing_list: MailingList) -> Iterator[Row]:
    now = timezone.now()
    for contact in ids:
        yield contact, mailing_list.pk, str(SubscriptionState.ACTIVE), "import", now


def _copy(table: str, columns: tuple[str, ...], rows: Iterator[Row]) -> None:
    names = ", ".join(columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            while some := list(islice(rows, 10_000)):
                cursor.executemany(statement, some)
