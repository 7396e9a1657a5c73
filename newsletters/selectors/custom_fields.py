"""Reading the fields a campaign has added to people."""

import json
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from newsletters.custom_fields import Field, show
from newsletters.models import Contact, CustomField
from newsletters.states import FieldKind


def all_fields() -> QuerySet[CustomField]:
    """Every field in its order, without those that were deleted."""
    return CustomField.objects.all()


def known() -> list[Field]:
    """The same as plain data, for reading and showing values: one query."""
    return [field.as_data() for field in all_fields()]


def open_to_people() -> list[Field]:
    """Those a person may change on her own page."""
    return [field.as_data() for field in all_fields().filter(is_open=True)]


def with_kept_choices(fields: Iterable[Field]) -> list[Field]:
    """The fields, those of choices with what somebody has though it is offered no more.

    A sheet may say such a word, as a table of ours does. All who have a value are looked
    at, once for each field of choices: for work in the background.
    """
    return [
        replace(field, choices=(*field.choices, *_kept_beside(field))) if field.choices else field
        for field in fields
    ]


def people_with(field: CustomField) -> QuerySet[Contact]:
    """Everybody who has a value in this field."""
    return Contact.objects.filter(attributes__has_key=field.key)


def condition_of(key: str) -> str:
    """What a segment calls the question about the field with this key."""
    return f"field_{key}"


def deleted() -> dict[str, str]:
    """Condition → what the field was called that was deleted (one query)."""
    gone = CustomField.every.filter(gone_since__isnull=False)
    return {condition_of(key): called for key, called in gone.values_list("key", "called")}


def values_of(contact: Contact, fields: list[Field]) -> list[tuple[str, str]]:
    """What these fields hold about a person, as (name, words); empty ones are left out."""
    kept = contact.attributes
    return [(field.name, words) for field in fields if (words := show(field, kept.get(field.key)))]


def _kept_beside(field: Field) -> list[str]:
    people = Contact.objects.filter(attributes__has_key=field.key).order_by()
    kept = people.values_list(KeyTextTransform(field.key, "attributes"), flat=True).distinct()
    words: set[str] = set()
    for text in kept:
        words.update(json.loads(text) if field.kind == FieldKind.CHOICES else [text])
    return sorted(words.difference(field.choices))
