"""Where an address may stand in data about something else: sheets, snapshots, questions.

Everything here is called by an erasure, in its transaction.
"""

import json
import re
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Q, QuerySet

from newsletters.models import (
    BulkChange,
    Double,
    Export,
    ImportJob,
    ImportRowError,
    Mailing,
    Merge,
    NameKey,
    Segment,
    StagedPerson,
)

# Stands in a question instead of an address: nobody answers to it.
FORGOTTEN = "[forgotten]"


class Needle:
    """Some addresses, looked for in any text, but not as the end or the beginning of another."""

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses = sorted(addresses)
        words = "|".join(re.escape(address) for address in self._addresses)
        self._pattern = re.compile(rf"(?<![\w.+-])(?:{words})(?![\w-]|\.\w)", re.IGNORECASE)

    def maybe_in(self, *columns: str) -> Q:
        """What a database can tell beforehand. In JSON a letter may be written as its number."""
        found = Q()
        for address in self._addresses:
            for spelling in {address, json.dumps(address)[1:-1]}:
                for column in columns:
                    found |= Q(**{f"{column}__icontains": spelling})
        return found

    def is_in(self, value: Any) -> bool:
        """Whether one of them stands anywhere in this text or this JSON."""
        if isinstance(value, str):
            return bool(self._pattern.search(value))
        if isinstance(value, dict):
            return any(self.is_in(part) for pair in value.items() for part in pair)
        return isinstance(value, list) and any(self.is_in(part) for part in value)

    def without(self, value: Any) -> Any:
        """The JSON without any row of a list that holds one of them, so that no name stays."""
        if isinstance(value, str):
            return "" if self.is_in(value) else value
        if isinstance(value, dict):
            return {key: self.without(part) for key, part in value.items()}
        if isinstance(value, list):
            return [part for part in value if not self.is_in(part)]
        return value

    def replaced(self, value: Any) -> Any:
        """The JSON as it was, with a text nobody answers to in their place."""
        if isinstance(value, str):
            return FORGOTTEN if self.is_in(value) else value
        if isinstance(value, dict):
            return {key: self.replaced(part) for key, part in value.items()}
        return [self.replaced(part) for part in value] if isinstance(value, list) else value


def remove(*, contact_id: int, addresses: Collection[str], keys: Collection[str]) -> None:
    """Take these addresses out of imports, merges, questions and rules.

    The uploaded sheets themselves stay until their 30 days are over.
    """
    needle = Needle(addresses)
    StagedPerson.objects.filter(address_key__in=keys).delete()
    NameKey.objects.filter(contact_id=contact_id).delete()
    Double.objects.filter(Q(first_id=contact_id) | Q(second_id=contact_id)).delete()
    _refused_rows(needle)
    _rewrite(ImportJob.objects.all(), ("report", "result", "layout"), needle, needle.without)
    Merge.objects.filter(Q(kept=contact_id) | Q(gone_id=contact_id)).update(before={})
    # Somebody who was merged into one who was merged into her.
    _rewrite(Merge.objects.all(), ("before",), needle, lambda _before: {})
    _rewrite(BulkChange.objects.all(), ("query", "terms"), needle, needle.replaced)
    _rewrite(Export.objects.all(), ("query",), needle, needle.replaced)
    _rewrite(Segment.objects.all(), ("rule",), needle, needle.replaced)
    _rewrite(Mailing.objects.all(), ("audience_rule",), needle, needle.replaced)


def _refused_rows(needle: Needle) -> None:
    maybe = ImportRowError.objects.filter(needle.maybe_in("cells", "message"))
    found = [
        row.pk
        for row in maybe.iterator(chunk_size=500)
        if needle.is_in(row.message) or needle.is_in(row.cells)
    ]
    ImportRowError.objects.filter(pk__in=found).delete()


def _rewrite(
    rows: QuerySet[Any],
    columns: tuple[str, ...],
    needle: Needle,
    change: Callable[[Any], Any],
) -> None:
    maybe = rows.filter(needle.maybe_in(*columns)).order_by("pk").only(*columns)
    for row in maybe.iterator(chunk_size=100):
        values = {name: getattr(row, name) for name in columns}
        changed = {name: change(value) for name, value in values.items() if needle.is_in(value)}
        if changed:
            rows.model._default_manager.filter(pk=row.pk).update(**changed)
