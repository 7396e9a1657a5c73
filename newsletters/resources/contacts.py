"""The columns of people: of the tables staff take out, and of the small import in the admin.

They are those of newsletters.imports.columns, so a sheet cleaned here and one
cleaned by the bulk path come out alike.
"""

from collections.abc import Iterable
from typing import Any

from import_export import fields, resources, widgets

from newsletters import exports
from newsletters.custom_fields import Field, as_text
from newsletters.imports.columns import (
    BY_NAME,
    PROFILE,
    CellRefused,
    Column,
    field_columns,
    read_tags,
)
from newsletters.models import Contact, Tag
from newsletters.resources.tables import SafeWidget, Table


class ColumnWidget(SafeWidget):
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

    def render(self, value: Any, _obj: Any = None, **_kwargs: Any) -> str:
        """The names, as text that no spreadsheet program runs."""
        return str(exports.neutralise(super().render(value)))


class ContactResource(Table, resources.ModelResource):
    """People, without lists and consent: those are only changed where a proof is kept."""

    tags = fields.Field(attribute="tags", column_name="tags", widget=TagsWidget(), m2m_add=True)

    def __init__(self, own: Iterable[Field] = (), **kwargs: Any) -> None:
        """With the campaign's ``own`` fields too."""
        super().__init__(**kwargs)
        self.add(own)

    class Meta:
        model = Contact
        fields = ("email", *PROFILE, "tags")
        export_order = fields

    @classmethod
    def field_from_django_field(cls, name: str, _model_field: Any, **_kwargs: Any) -> fields.Field:
        """A column of ``Meta.fields``, cleaned as the bulk path cleans it."""
        return fields.Field(attribute=name, column_name=name, widget=ColumnWidget(BY_NAME[name]))

    def add(self, own: Iterable[Field]) -> None:
        """Columns for these fields of the campaign's own, in the place of those of the same key."""
        known = list(own)
        for field, (name, column) in zip(known, field_columns(known).items(), strict=True):
            self.fields[name] = OwnField(
                attribute=f"attributes__{field.key}",
                column_name=name,
                widget=OwnWidget(field, column),
            )
