"""Finding text by its beginning, by an index, in any alphabet, on both engines."""

import re
from typing import Any, cast

from django.db.models.lookups import IStartsWith, StartsWith

# Behind every text that begins alike, in the order of code points.
_LAST = chr(0x10FFFF)


class Begins(IStartsWith):
    """Whether ``lhs`` begins with a text, in small letters or in capitals."""

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """SQLite knows capitals of a to z alone: for other letters Python compares."""
        column, params = self.process_lhs(compiler, connection)
        text = cast("str", self.rhs)
        if text.isascii():
            first = text.upper()
            return (
                f"(UPPER({column}) >= %s AND UPPER({column}) < %s)",
                (*params, first, *params, first + _LAST),
            )
        return f"{column} REGEXP %s", (*params, f"(?i)^{re.escape(text)}")


class BeginsExactly(StartsWith):
    """Whether ``lhs``, kept in small letters, begins with a text in small letters."""

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """LIKE would read the whole table."""
        column, params = self.process_lhs(compiler, connection)
        text = cast("str", self.rhs)
        return f"({column} >= %s AND {column} < %s)", (*params, text, *params, text + _LAST)
