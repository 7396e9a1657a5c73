"""Buttons on many people's data, pressed by two hands at once and once more a little later."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from newsletters.models import (
    ActKind,
    BulkChange,
    BulkKind,
    Contact,
    Delivery,
    Export,
    ImportJob,
    Merge,
    StaffAct,
    Tag,
)
from newsletters.selectors.people import Query
from newsletters.services import bulk, bulk_terms, imports, merges
from newsletters.services.merges import Pair
from tests.factories.newsletters import ContactFactory, MailingListFactory
from tests.infra.rings import Rings
from tests.newsletters.imports.conftest import choices, upload

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 3


@dataclass
class Button:
    """Where it leads, what it sends, and what stands when it was pressed."""

    path: str
    data: dict[str, Any]
    facts: Callable[[], Any]
    once: Any


def change_starts(_by: User) -> Button:
    """Put a tag on everybody."""
    ContactFactory.create_batch(2)
    data = {"kind": "add_tag", "who": "all", "look": "1", "do-tag": "vigil"}
    return Button(
        "/staff/people/changes/new/",
        data,
        lambda: (BulkChange.objects.count(), Tag.objects.get().contacts.count(), acts()),
        (1, 2, ["bulk"]),
    )


def change_is_undone(by: User) -> Button:
    """Take the tag off again."""
    ContactFactory.create_batch(2)
    terms = bulk_terms.tag_to_put_on("vigil")
    change = bulk.start(query=Query(), kind=BulkKind.ADD_TAG, terms=terms, by=by)
    bulk.run(change_id=change.pk)
    return Button(
        f"/staff/people/changes/{change.pk}/undo/",
        {},
        lambda: (BulkChange.objects.get().state, Tag.objects.get().contacts.count(), acts()),
        ("undone", 0, ["bulk"]),
    )


def table_is_made(_by: User) -> Button:
    """Take everybody out."""
    ContactFactory.create_batch(2)
    return Button(
        "/staff/people/exports/new/",
        {"who": "all", "format": "csv"},
        lambda: (list(Export.objects.values_list("state", "done")), acts()),
        ([("done", 2)], ["exported"]),
    )


def two_are_made_one(_by: User) -> Button:
    """Two people with the same values."""
    one, other = ContactFactory.create_batch(2)
    return Button(
        f"/staff/people/doubles/{one.pk}/{other.pk}/",
        {"kept": "first"},
        lambda: (list(Contact.objects.all()), Merge.objects.count(), acts()),
        ([one], 1, ["merged"]),
    )


def two_are_parted(by: User) -> Button:
    """They are two again."""
    one, other = ContactFactory.create_batch(2)
    merge = merges.merge(pair=Pair(one, other), choices={}, by=by)
    return Button(
        f"/staff/people/merges/{merge.pk}/undo/",
        {},
        lambda: (set(Contact.objects.all()), acts()),
        ({one, other}, ["merged", "unmerged"]),
    )


def somebody_is_forgotten(_by: User) -> Button:
    """For good."""
    person = ContactFactory()
    return Button(
        f"/staff/people/{person.pk}/erase/",
        {"is_sure": "on"},
        lambda: (Contact.objects.count(), acts()),
        (0, ["erased"]),
    )


def what_is_held_is_sent(_by: User) -> Button:
    """One mail."""
    person = ContactFactory()
    return Button(
        f"/staff/people/{person.pk}/access/",
        {},
        lambda: (Delivery.objects.count(), acts()),
        (1, ["shown"]),
    )


def _imported(by: User) -> ImportJob:
    news = MailingListFactory()
    job = upload("Email\np0@example.org\np1@example.org\n", by)
    imports.map_columns(job=job, choices=choices(job, mailing_list=news))
    imports.check(job_id=job.pk)
    job.refresh_from_db()
    return job


def note_is_written(_by: User) -> Button:
    """One note."""
    person = ContactFactory()
    return Button(
        f"/staff/people/{person.pk}/notes/",
        {"text": "Calls in the evening"},
        lambda: (list(person.notes.values_list("text", flat=True)), acts()),
        (["Calls in the evening"], ["noted"]),
    )


def import_is_written(by: User) -> Button:
    """Two people come in."""
    job = _imported(by)
    return Button(
        f"/staff/imports/{job.pk}/apply/",
        {},
        lambda: (ImportJob.objects.get().result, Contact.objects.count()),
        ({"created": 2, "joins": 2}, 2),
    )


def import_is_undone(by: User) -> Button:
    """And go."""
    job = _imported(by)
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    return Button(
        f"/staff/imports/{job.pk}/undo/",
        {},
        lambda: (ImportJob.objects.get().state, Contact.objects.count()),
        ("undone", 0),
    )


def acts() -> list[str]:
    """What the audit says, in order."""
    kinds = StaffAct.objects.order_by("pk").values_list("kind", flat=True)
    return [ActKind(kind).value for kind in kinds]


@pytest.mark.parametrize(
    "situation",
    [
        change_starts,
        change_is_undone,
        table_is_made,
        two_are_made_one,
        two_are_parted,
        somebody_is_forgotten,
        what_is_held_is_sent,
        note_is_written,
        import_is_written,
        import_is_undone,
    ],
)
def test_a_button_pressed_by_many_hands_acts_once(
    situation: Callable[[User], Button], private_files: None, rung: Rings
) -> None:
    by = User.objects.create_superuser("aigul")
    button = situation(by)
    rung.answer()
    clients = [Client(raise_request_exception=False) for _hand in range(HANDS)]
    for client in clients:
        client.force_login(by)

    def press(client: Client) -> int:
        try:
            return client.post(button.path, button.data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        assert list(hands.map(press, clients)) == [302] * HANDS
    assert len(rung.answer()) <= 1
    assert button.facts() == button.once
    late = clients[0].post(button.path, button.data, follow=True)
    rung.answer()
    assert late.status_code == 200
    assert button.facts() == button.once
