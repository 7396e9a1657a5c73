"""The fields a campaign adds to people: made, changed, put in order, deleted with their values."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters import names
from newsletters.custom_fields import check_choices, key_from
from newsletters.errors import FieldRefused, LineRefused
from newsletters.models import Contact, CustomField
from newsletters.models.attributes import WithoutValue
from newsletters.selectors import custom_fields as selectors
from newsletters.selectors import segment_uses
from newsletters.services import segments
from newsletters.states import FieldKind
from worker.stopping import stopping

MOST = 60
CHUNK = 500
WITH_CHOICES = (FieldKind.CHOICE, FieldKind.CHOICES)


@dataclass(frozen=True)
class Details:
    """What staff say about a field."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    hint: str = ""
    is_open: bool = False


@transaction.atomic
def create(*, details: Details) -> CustomField:
    """A new field, last in the order. Its key is made from the name and never changes.

    Raises FieldRefused, with the field of the form as its code.
    """
    if selectors.all_fields().count() >= MOST:
        raise FieldRefused("name", _("There are as many fields as a form can hold; delete one."))
    last = CustomField.every.aggregate(last=Max("position"))["last"] or 0
    taken = set(CustomField.every.values_list("key", flat=True))
    field = CustomField(key=key_from(details.name, taken=taken), position=last + 1)
    return _write(field, details)


@transaction.atomic
def change(*, field: CustomField, details: Details) -> CustomField:
    """Write the details. The kind stays once somebody has a value: it says how that is read.

    Raises FieldRefused, with the field of the form as its code; also for a choice taken out
    that a segment, or a mailing whose list is not made, asks about.
    """
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if details.kind != field.kind and selectors.people_with(field).exists():
        raise FieldRefused(
            "kind", _("People have values in this field already, so its kind stays as it is.")
        )
    _refuse_asked(field, details)
    return _write(field, details)


@transaction.atomic
def move(*, field: CustomField, up: bool) -> None:
    """One place up or down in the order of every form."""
    order = list(selectors.all_fields().select_for_update())
    at = order.index(field)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
    for position, row in enumerate(order, start=1):
        row.position = position
    CustomField.objects.bulk_update(order, ["position"])


@transaction.atomic
def delete(*, field: CustomField) -> bool:
    """The field is gone from every page now; its values follow within the hour.

    Segments that ask about it are counted anew, and say that it is gone. False when
    somebody else had deleted it before. Raises FieldRefused while an approved mailing
    asks about it whose list is not made.
    """
    condition = selectors.condition_of(field.key)
    if settled := segment_uses.settled_asking(condition):
        names = ", ".join(f"“{mailing}”" for mailing in settled[:5])
        raise FieldRefused(
            "planned",
            _(
                "%(mailings)s chooses people by this field and has not gone out. Take it back "
                "to draft first, or wait until it has left."
            )
            % {"mailings": names},
        )
    gone = selectors.all_fields().filter(pk=field.pk)
    # A new field may have its name at once.
    free, now = f"- {field.pk}", timezone.now()
    if gone.update(gone_since=now, is_open=False, called=field.name, name=free) != 1:
        return False
    segments.count_anew(ids=[row.pk for row in segment_uses.segments_asking(condition)])
    return True


def drop_values() -> int:
    """Take the values of deleted fields off people, a few hundred at a time. Returns how many.

    A field's row goes with its last value, and with the last question about it.
    Killed or stopped on the way, the next run goes on.
    """
    dropped = 0
    for field in CustomField.every.filter(gone_since__isnull=False, emptied_at=None):
        last = 0
        while not stopping.is_set():
            chunk = _drop_chunk(field, last)
            if not chunk:
                CustomField.every.filter(pk=field.pk).update(emptied_at=timezone.now())
                break
            dropped += len(chunk)
            last = chunk[-1]
    for field in CustomField.every.filter(emptied_at__isnull=False):
        if not _is_asked_about(field):
            field.delete()
    return dropped


def _refuse_asked(field: CustomField, details: Details) -> None:
    """Whoever asks for a choice that is not offered any more could not be answered."""
    gone = set(field.choices).difference(check_choices(details.choices) if details.choices else ())
    asking = segment_uses.asking_for(selectors.condition_of(field.key), gone) if gone else []
    if asking:
        raise FieldRefused(
            "choices",
            _(
                "%(names)s asks about a choice that would be gone. Change that first, or leave "
                "the choice here."
            )
            % {"names": ", ".join(f"“{name}”" for name in asking[:5])},
        )


def _is_asked_about(field: CustomField) -> bool:
    condition = selectors.condition_of(field.key)
    return bool(
        segment_uses.segments_asking(condition)
        or segment_uses.drafts_asking(condition)
        or segment_uses.settled_asking(condition)
    )


@transaction.atomic
def _drop_chunk(field: CustomField, after: int) -> list[int]:
    rows = selectors.people_with(field).filter(pk__gt=after).order_by("pk")
    people = list(rows.select_for_update().values_list("pk", flat=True)[:CHUNK])
    Contact.objects.filter(pk__in=people).update(attributes=WithoutValue(field.key))
    return people


def _write(field: CustomField, details: Details) -> CustomField:
    try:
        field.name = names.name_line(" ".join(details.name.split()))
        field.hint = names.one_line(details.hint)
    except LineRefused as error:
        raise FieldRefused("name", error.message) from None
    field.kind = FieldKind(details.kind)
    has_choices = field.kind in WITH_CHOICES
    field.choices = list(check_choices(details.choices)) if has_choices else []
    field.is_open = details.is_open
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError:
        raise FieldRefused("name", _("Another field has this name.")) from None
    return field
