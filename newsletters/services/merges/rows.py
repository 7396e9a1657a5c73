"""Rows as data that can be kept for an undo, and the rows made of such data again."""

from copy import deepcopy
from typing import Any

from django.db.models import Model

Frozen = dict[str, Any]


def freeze(row: Model) -> Frozen:
    """Every column of ``row``, ready for JSON, nothing rounded."""
    return {field.attname: _plain(field, row) for field in row._meta.concrete_fields}


def thaw(model: type[Model], frozen: Frozen) -> Any:
    """The row, not saved. A column that is new since has its default."""
    columns = model._meta.concrete_fields
    return model(
        **{
            field.attname: field.to_python(frozen[field.attname])
            for field in columns
            if field.attname in frozen
        }
    )


def put_back(row: Model) -> bool:
    """Save a row that was deleted, as it was. False when what it pointed to is gone meanwhile.

    Where a column may be empty, it is emptied instead.
    """
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.is_relation and value is not None and not _is_there(field, value):
            if not field.null:
                return False
            setattr(row, field.attname, None)
    # Raw: save() would write today into the columns that keep a moment by themselves.
    row.save_base(raw=True, force_insert=True)
    return True


def _plain(field: Any, row: Model) -> Any:
    value = field.value_from_object(row)
    if value is None or isinstance(value, bool | int | str | dict | list):
        # A copy: the row's own JSON is written into while its past is kept.
        return deepcopy(value)
    return field.value_to_string(row)


def _is_there(field: Any, value: Any) -> bool:
    model: Any = field.related_model
    return bool(model._base_manager.filter(pk=value).exists())
