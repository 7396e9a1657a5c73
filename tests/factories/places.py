"""Where the rows of a test world are found: what stands in an address."""

from typing import Any

from newsletters import tokens

Arguments = dict[str, Any]


def pks(*rows: Any) -> list[Arguments]:
    """The numbers of ``rows``."""
    return [{"pk": row.pk} for row in rows]


def token(purpose: str, pk: int) -> Arguments:
    """A sealed number."""
    return {"token": tokens.seal(purpose, pk)}
