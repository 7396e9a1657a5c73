"""Texts with plain fields, cut once into fixed pieces and slots."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from newsletters.compose.fields import KNOWN

PLACEHOLDER = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
FIELD = re.compile(
    r"""([a-z_]+[0-9]*)(?:\s*\|\s*default\s*:\s*(?:"([^"]*)"|'([^']*)'))?""", re.VERBOSE
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place where the reader's field goes; ``default`` stands in for an empty one."""

    field: str
    default: str = ""


def cut(text: str, is_known: Callable[[str], bool] = KNOWN.__contains__) -> list[str | Slot] | None:
    """``text`` as alternating pieces and slots, or None when it holds more than plain fields.

    Plain is ``{{ field }}`` and ``{{ field | default: "words" }}`` with a field that
    ``is_known``: those of a reader, unless said otherwise.
    """
    if "{%" in text:
        return None
    pieces: list[str | Slot] = []
    place = 0
    for found in PLACEHOLDER.finditer(text):
        slot = _slot(found.group(1), is_known)
        if slot is None:
            return None
        pieces += [text[place : found.start()], slot]
        place = found.end()
    return [*pieces, text[place:]]


def fill(pieces: list[str | Slot], values: dict[str, str]) -> str:
    """The text for one reader."""
    return "".join(
        piece if isinstance(piece, str) else values[piece.field] or piece.default
        for piece in pieces
    )


def _slot(expression: str, is_known: Callable[[str], bool]) -> Slot | None:
    found = FIELD.fullmatch(expression)
    if found is None or not is_known(found.group(1)):
        return None
    return Slot(found.group(1), found.group(2) or found.group(3) or "")
