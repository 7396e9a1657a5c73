"""Columns of contacts for django-import-export: small sets, in the admin.

The columns are those of newsletters.imports.columns, so a sheet cleaned here and
one cleaned by the bulk path come out alike.
"""

from typing import Any

from django.utils.translation import gettext as _
from import_export import fields, resources, widgets

from newsletters import exports
from newsletters.addresses import address_key, parse, person_key
from newsletters.custom_fields import Field, as_text
from newsletters.imports.columns import (
    BY_NAME,
    PROFILE,
    CellRefused,
    Column,
    field_columns,
    read_address,
    read_tags,
)
from newsletters.models import Contact, Suppression, Tag
from newsletters.selectors import custom_fields
from newsletters.selectors.contacts import by_address, is_kept_out, keys_of
from newsletters.services import one_owner

# Everything is held in memory and written in one transaction.
MOST_ROWS = 2000


class ColumnWidget(widgets.Widget):
    """One column of the bulk path as import-export wants it."""

    def __init__(self, column: Column) -> None:
        """Clean and show ``column``."""
        super().__init__()
        self._column = column

    def clean(self, value: Any, _row: Any = None, **_kwargs: Any) -> Any:
        """The cell's meaning. Raises ValueError with the sentence for staff."""
        text = str(value or "").strip()
        if not text:
            return ""
        try:
            return self._column.clean(text).value
        except CellRefused as refused:
            raise ValueError(refused.message) from None

    def render(self, value: Any, _obj: Any = None, **_kwargs: Any) -> str:
        """The value as text that no spreadsheet program runs."""
        return str(exports.neutralise(str(value or "")))


class OwnWidget(ColumnWidget):
    """A column of a field the campaign added."""

    def __init__(self, own: Field, column: Column) -> None:
        """Clean by ``column``, show as ``own`` is read again."""
        super().__init__(column)
        self._own = own

    def render(self, value: Any, _obj: Any = None, **_kwargs: Any) -> str:
        """The value as text that is read back as it was."""
        return super().render(as_text(self._own, value))


class OwnField(fields.Field):
    """A value among the attributes of a person."""

    def save(self, instance: Contact, row: Any, _is_m2m: bool = False, **kwargs: Any) -> None:
        """Keep what the cell means."""
        _attributes, _gap, key = self.attribute.partition("__")
        instance.attributes[key] = self.clean(row, **kwargs)


class TagsWidget(widgets.ManyToManyWidget):
    """Tags by name; one that does not exist is left out, never made in silence."""

    def __init__(self) -> None:
        """Names separated by commas."""
        super().__init__(Tag, separator=",", field="name")

    def clean(self, value: Any, _row: Any = None, **_kwargs: Any) -> Any:
        """The tags of these names that exist."""
        return Tag.objects.filter(name__in=read_tags(str(value or "")))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The names, as text that no spreadsheet program runs."""
        return str(exports.neutralise(super().render(value, obj, **kwargs)))


def _field(name: str) -> fields.Field:
    column = BY_NAME[name]
    return fields.Field(attribute=name, column_name=name, widget=ColumnWidget(column))


class ContactResource(resources.ModelResource):
    """People, without lists and consent: those are only changed where a proof is kept."""

    email = _field("email")
    given_name = _field("given_name")
    family_name = _field("family_name")
    language = _field("language")
    time_zone = _field("time_zone")
    country = _field("country")
    postcode = _field("postcode")
    phone = _field("phone")
    tags = fields.Field(attribute="tags", column_name="tags", widget=TagsWidget(), m2m_add=True)

    def __init__(self, **kwargs: Any) -> None:
        """With the campaign's own fields as they are now."""
        super().__init__(**kwargs)
        own = custom_fields.known()
        for field, (name, column) in zip(own, field_columns(own).items(), strict=True):
            self.fields[name] = OwnField(
                attribute=f"attributes__{field.key}",
                column_name=name,
                widget=OwnWidget(field, column),
            )

    class Meta:
        model = Contact
        use_transactions = True
        fields = ("email", *PROFILE, "tags")
        export_order = fields
        import_id_fields = ("email",)
        skip_unchanged = True
        report_skipped = True

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Small sets only; a column is known by its name. Raises ValueError otherwise."""
        if "email" not in (dataset.headers or ()):
            raise ValueError(_("The first row has to name the columns; one is called email."))
        if len(dataset) > MOST_ROWS:
            raise ValueError(
                _("These are more than %(most)s rows. Use Imports on the staff pages.")
                % {"most": MOST_ROWS}
            )
        one_owner.before_creating()

    def get_instance(self, _loader: Any, row: Any) -> Contact | None:
        """Who has this address, as a further one too.

        A bad address is reported with the row, not instead of it.
        """
        try:
            address, _repairs = read_address(str(row["email"] or ""))
        except CellRefused:
            return None
        return by_address(address)

    def import_field(
        self, field: fields.Field, instance: Contact, row: Any, *args: Any, **kwargs: Any
    ) -> None:
        """An empty cell never erases, and nobody's address is changed by a further one of hers."""
        if field.attribute == "email" and instance.pk:
            return
        if str(row.get(field.column_name) or "").strip() or field.attribute == "email":
            super().import_field(field, instance, row, *args, **kwargs)

    def before_save_instance(self, instance: Contact, row: Any, **_kwargs: Any) -> None:
        """What only we know of an address is never read from the sheet."""
        if not instance.pk:
            address, _repairs = read_address(str(row["email"]))
            instance.email_typed = address.typed
            instance.address_key = address_key(address.canonical)
            instance.person_key = person_key(address)

    def skip_row(
        self,
        instance: Contact,
        original: Contact,
        row: Any,
        import_validation_errors: dict[str, Any] | None = None,
    ) -> bool:
        """People who are not to be written to stay as they are, or away."""
        errors = import_validation_errors or {}
        keys = keys_of(instance) if instance.pk else [address_key(instance.email)]
        if not errors and (
            Suppression.objects.filter(address_key__in=keys).exists()
            or is_kept_out(parse(instance.email))
        ):
            return True
        return bool(super().skip_row(instance, original, row, import_validation_errors))
