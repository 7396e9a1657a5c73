"""A field of people as a field of a form: the same for staff and for the person herself."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters.custom_fields.fields import Field
from newsletters.custom_fields.reading import TEXT_LENGTH, in_order, read
from newsletters.custom_fields.showing import as_text
from newsletters.errors import FieldRefused
from newsletters.states import FieldKind

PREFIX = "field_"
_NOTHING: tuple[str, str | Promise] = ("", _("not known"))
_YES_NO: list[tuple[str, str | Promise]] = [_NOTHING, ("yes", _("yes")), ("no", _("no"))]
_LONG = 80


def form_fields(fields: list[Field], attributes: dict[str, Any]) -> dict[str, forms.Field]:
    """Name in the form → field, showing what ``attributes`` holds; none of them is required."""
    return {PREFIX + field.key: form_field(field, attributes.get(field.key)) for field in fields}


def form_field(field: Field, kept: Any = None) -> forms.Field:
    """The field with the value that is kept now. Its cleaned value is what is kept next.

    A choice that is not offered any more stays possible for who has it.
    """
    own = kept if isinstance(kept, list) else [kept]
    missing = [one for one in own if isinstance(one, str) and one not in field.choices]
    asked = replace(field, choices=(*field.choices, *missing)) if field.choices else field
    if field.kind == FieldKind.CHOICES:
        return _Several(asked, kept if isinstance(kept, list) else [])
    return _One(asked, as_text(field, kept))


def said(fields: list[Field], cleaned: dict[str, Any]) -> dict[str, Any]:
    """What a valid form says: key → value, None for what was emptied. For ``merge``."""
    return {field.key: cleaned.get(PREFIX + field.key) for field in fields}


class _One(forms.CharField):
    """One value, read as ``custom_fields.read`` does."""

    def __init__(self, field: Field, initial: str) -> None:
        super().__init__(
            label=field.name,
            help_text=field.hint,
            required=False,
            initial=initial,
            widget=_widget(field, initial),
        )
        self._field = field

    def clean(self, value: Any) -> Any:
        """The value to be kept, or None."""
        try:
            return read(self._field, value or "")
        except FieldRefused as error:
            raise forms.ValidationError(error.message, code=error.code) from None


class _Several(forms.MultipleChoiceField):
    """Boxes to tick, in the order of the choices."""

    def __init__(self, field: Field, initial: list[str]) -> None:
        super().__init__(
            label=field.name,
            help_text=field.hint,
            required=False,
            initial=initial,
            choices=[(choice, choice) for choice in field.choices],
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self, value: Any) -> list[str]:
        """The ticked choices, as they are kept."""
        return in_order(super().clean(value))


def _widget(field: Field, initial: str) -> forms.Widget:
    match field.kind:
        case FieldKind.YES_NO:
            return forms.Select(choices=_YES_NO)
        case FieldKind.CHOICE:
            return forms.Select(choices=[_NOTHING, *((one, one) for one in field.choices)])
        case FieldKind.NUMBER:
            return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        case FieldKind.DATE:
            return forms.DateInput(attrs={"type": "date"})
        case FieldKind.LINK:
            return forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"})
        case _ if "\n" in initial or len(initial) > _LONG:
            return forms.Textarea(attrs={"rows": 3, "maxlength": TEXT_LENGTH})
        case _:
            return forms.TextInput(attrs={"maxlength": TEXT_LENGTH, "autocomplete": "off"})
