"""What a bulk change is to do, as its row keeps it: read from what staff typed."""

from typing import Any

from django.utils.translation import gettext as _

from newsletters import custom_fields
from newsletters.errors import BulkRefused, FieldRefused
from newsletters.imports.columns import BY_NAME, CellRefused
from newsletters.models import CustomField, MailingList, Tag
from newsletters.selectors.bulk import field_of
from newsletters.selectors.profile import in_words

# Of the profile, what may be the same for many people.
SHARED = ("language", "time_zone", "country", "postcode")
_EXAMPLES = {
    "language": "en",
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "postcode": "1011 AB",
}
_TAG_LENGTH = 60
# What separates tags in one cell of a sheet.
_SEPARATORS = set(",;|\n")

Terms = dict[str, Any]


def tag_to_put_on(name: str) -> Terms:
    """A tag by name, also one there is not yet. Raises BulkRefused."""
    name = " ".join(name.split())
    if not name or len(name) > _TAG_LENGTH or not name.isprintable():
        raise BulkRefused("tag", _("Write one or a few words, at most 60 letters."))
    if _SEPARATORS & set(name):
        raise BulkRefused("tag", _("One tag at a time, without a comma or a semicolon in it."))
    known = Tag.objects.filter(name=name).first()
    return {"tag": known.pk if known else 0, "name": name}


def tag_to_take_off(tag: Tag) -> Terms:
    """A tag there is."""
    return {"tag": tag.pk, "name": tag.name}


def list_to_leave(mailing_list: MailingList) -> Terms:
    """A list there is."""
    return {"list": mailing_list.pk, "name": mailing_list.name}


def field_to_set(name: str, text: str) -> Terms:
    """A field and its value; no text empties it. Raises BulkRefused with a sentence."""
    if name in SHARED:
        label = str(BY_NAME[name].label)
        value = _profile_value(name, text.strip())
        return {"field": name, "name": label, "value": value, "shown": in_words(name, value)}
    field = field_of(name)
    if field is None:
        raise BulkRefused("field", _("This field is gone. Choose another one."))
    try:
        value = custom_fields.read(field, text)
    except FieldRefused as refused:
        raise BulkRefused("value", refused.message) from None
    shown = custom_fields.show(field, value)
    return {"field": f"field_{field.key}", "name": field.name, "value": value, "shown": shown}


def fields_to_set() -> list[tuple[str, str]]:
    """What ``field_to_set`` knows, with its name for people (one query)."""
    own = CustomField.objects.values_list("key", "name")
    return [
        *((name, str(BY_NAME[name].label)) for name in SHARED),
        *((f"field_{key}", name) for key, name in own),
    ]


def _profile_value(name: str, text: str) -> str:
    if not text:
        return ""
    try:
        cleaned = BY_NAME[name].clean(text)
    except CellRefused as refused:
        raise BulkRefused("value", refused.message) from None
    if cleaned.warning or not cleaned.value:
        sentence = _("“%(text)s” does not fit this field. Write it like this: %(like)s")
        raise BulkRefused("value", sentence % {"text": text[:40], "like": _EXAMPLES[name]})
    return str(cleaned.value)
