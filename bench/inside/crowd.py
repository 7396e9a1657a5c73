"""A million people with names, lists, tags and a past, made by PostgreSQL itself.

``python -m bench.inside.crowd 1000000`` prints what can be asked for.
"""

import json
import sys
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from bench.inside.made import insert
from newsletters.models import (
    ConsentEvent,
    Contact,
    ContactTag,
    Delivery,
    Mailing,
    MailingList,
    OtherAddress,
    Segment,
    Subscription,
    Suppression,
    Tag,
)
from newsletters.states import DeliveryState, MailingState

GIVEN = "Anna Mira Dana Olim Tomas Lena Zoë Жанна Ерлан Айгүл Óscar Émile Ilse Noor Kasym"
STEMS = "Mark Tol Osk Vel Kar Orr Šar Жан Ахм Lind Bekt Nur Hov Sten Ruz Gal Pet Dim Yar"
ENDS = "ov ova sen ić enko u ar ides son ishvili an baev ski escu era"
# How many of a hundred are on it.
LISTS = {"Everybody": 90, "Appeals": 40, "Vigils": 1}
TAGS = 50
MAILINGS = 1
TABLE = Contact._meta.db_table


def main(count: int) -> None:
    """Make the rows. Numbers are multiplied with primes, so that neighbours differ."""
    User.objects.get_or_create(username="aigul", is_staff=True, is_superuser=True)
    with connection.cursor() as cursor:
        # What is made here points to what is there; a look for each row takes minutes.
        cursor.execute("SET session_replication_role = replica")
    _people(count)
    lists = [MailingList.objects.create(name=name, slug=name.lower()) for name in LISTS]
    for mailing_list, percent in zip(lists, LISTS.values(), strict=True):
        _join(mailing_list, percent)
    tags = Tag.objects.bulk_create(Tag(name=f"tag {number}") for number in range(TAGS))
    _wear([tag.pk for tag in tags])
    _others()
    _mails(lists[0])
    segment = Segment.objects.create(
        name="German", rule={"condition": "language", "operator": "is", "value": "de"}
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps(_known([row.pk for row in lists], segment.pk)))


def _people(count: int) -> None:
    address = "chr(97 + (n * 17 % 26)::int) || substr(md5(n::text), 1, 6) || '.' || n"
    values = {
        "email": f"{address} || '@example.org'",
        "email_typed": f"{address} || '@example.org'",
        "address_key": "md5('a' || n)",
        "given_name": _one_of(GIVEN, "n * 7919"),
        "family_name": f"{_one_of(STEMS, 'n * 104729')} || {_one_of(ENDS, 'n / 7')} || n % 40",
        "language": _one_of("en ru kk de fr", "n"),
        "country": _one_of("AT DE KZ CH", "n"),
        "postcode": "lpad((n * 31 % 90000)::text, 5, '0')",
        "phone": "CASE n % 3 WHEN 0 THEN '+43 1 ' || n ELSE '' END",
        "created_at": "now() - n * interval '1 second'",
    }
    insert(Contact, f"generate_series(1::bigint, {count}::bigint) AS n", **values)


def _join(mailing_list: MailingList, percent: int) -> None:
    rows = f"{TABLE} WHERE id * 7919 % 100 < {percent}"
    on = {"contact_id": "id", "mailing_list_id": str(mailing_list.pk)}
    insert(Subscription, rows, **on, state="'active'")
    said = {"address_key": "address_key", "purpose": "'list'", "act": "'granted'"}
    insert(ConsentEvent, rows, **on, **said, method="'import 1'")


def _wear(tags: list[int]) -> None:
    """Half of them one tag; the first tags are worn by many, the last by few."""
    which = f"({tags[0]} + floor(random() * random() * random() * {len(tags)}))::bigint"
    insert(ContactTag, f"{TABLE} WHERE id % 2 = 0", contact_id="id", tag_id=which)


def _others() -> None:
    """Each fiftieth has a further address, and each fiftieth is not to be written to."""
    also = "'also.' || email"
    address = {"email": also, "email_typed": also, "address_key": "md5('o' || id)"}
    insert(OtherAddress, f"{TABLE} WHERE id % 50 = 0", **address, contact_id="id")
    stop = {"address_key": "address_key", "scope": "'bulk'", "reason": "'complained'"}
    insert(Suppression, f"{TABLE} WHERE id % 50 = 1", **stop)


def _mails(mailing_list: MailingList) -> None:
    for number in range(MAILINGS):
        mailing = Mailing.objects.create(name=f"Appeal {number}", state=MailingState.SENT)
        row = {
            "mailing_id": str(mailing.pk),
            "mailing_list_id": str(mailing_list.pk),
            "contact_id": "id",
            "address": "email",
            "address_key": "address_key",
            "state": str(DeliveryState.ACCEPTED.value),
        }
        insert(Delivery, TABLE, **row)


def _one_of(text: str, number: str) -> str:
    """The word that ``number`` comes to, going round."""
    words = text.split()
    listed = ", ".join(f"'{word}'" for word in words)
    return f"(ARRAY[{listed}])[1 + ({number}) % {len(words)}]"


def _known(lists: list[int], segment: int) -> dict[str, Any]:
    """Somebody, somewhere in the middle, and what the pages are asked for."""
    count = Contact.objects.count()
    ids = list(Contact.objects.filter(pk__gt=count // 2).values_list("pk", flat=True)[:5])
    some = [Contact.objects.get(pk=pk + number * 37) for number, pk in enumerate(ids)]
    return {
        "lists": lists,
        "segment": segment,
        "ids": [person.pk for person in some],
        "addresses": [person.email for person in some],
        "names": [person.family_name for person in some],
        "phones": [p.phone for p in Contact.objects.exclude(phone="").order_by("pk")[100:105]],
        "others": [row.email for row in OtherAddress.objects.order_by("pk")[100:105]],
        "largest_id": Contact.objects.latest("pk").pk,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
