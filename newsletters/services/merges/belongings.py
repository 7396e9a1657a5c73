"""Rows that belong to a person: whatever points to her goes over to the one who is kept.

The relations are read from the models, so that a table that comes later is not forgotten.
"""

from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, UniqueConstraint

from newsletters.models import Contact, ContactTag, Delivery, Different, OtherAddress, Subscription
from newsletters.services.merges.rows import Frozen, freeze, put_back, thaw

# These have files of their own here; tags are part of the profile.
_OTHERWISE = (ContactTag, Delivery, Different, OtherAddress, Subscription)


def relations() -> list[tuple[Any, str]]:
    """(model, column) of everything else that points to a person."""
    fields = Contact._meta.get_fields(include_hidden=True)
    return [
        (field.related_model, field.field.name)
        for field in fields
        if isinstance(field, ForeignObjectRel)
        and not field.many_to_many
        and not field.related_model._meta.auto_created
        and field.related_model not in _OTHERWISE
    ]


def join(kept: Contact, gone: Contact) -> list[Frozen]:
    """Over to the kept person; what she has herself is kept for an undo and goes."""
    return [_move(model, column, kept, gone) for model, column in relations()]


def part(kept: Contact, gone: Contact, data: list[Frozen]) -> None:
    """Back to the other, what there still is of it."""
    for moved in data:
        model = apps.get_model(moved["model"])
        rows = model._default_manager.filter(pk__in=moved["moved"], **{moved["column"]: kept})
        rows.update(**{moved["column"]: gone})
        for frozen in moved["gone"]:
            put_back(thaw(model, frozen))


def _move(model: Any, column: str, kept: Contact, gone: Contact) -> Frozen:
    theirs = model._default_manager.filter(**{column: gone})
    clashing = theirs.filter(_clashes(model, column, kept))
    frozen = [freeze(row) for row in clashing]
    model._default_manager.filter(pk__in=[row[model._meta.pk.attname] for row in frozen]).delete()
    moved = list(theirs.values_list("pk", flat=True))
    theirs.update(**{column: kept})
    return {"model": model._meta.label, "column": column, "moved": moved, "gone": frozen}


def _clashes(model: Any, column: str, kept: Contact) -> Q:
    """The rows of which one person can have only one, where the kept one has it."""
    found = Q(pk__in=())
    for others in _unique_with(model, column):
        same = {name: OuterRef(name) for name in others}
        found |= Q(Exists(model._default_manager.filter(**{column: kept}, **same)))
    return found


def _unique_with(model: Any, column: str) -> list[list[str]]:
    """For each rule of uniqueness with the person in it the other columns of it."""
    rules = [
        rule.fields
        for rule in model._meta.constraints
        if isinstance(rule, UniqueConstraint) and column in rule.fields
    ]
    found = [[name for name in fields if name != column] for fields in rules]
    return [*found, []] if model._meta.get_field(column).unique else found
