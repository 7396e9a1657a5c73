"""A field as plain data, and what its key and its choices may be."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from newsletters.errors import FieldRefused

KEY_LENGTH = 40
MAX_CHOICES = 100
CHOICE_LENGTH = 80
# What separates several choices in one cell; no choice holds one of them.
SEPARATORS = ",;|\n"

_KEY = re.compile(r"[a-z](?:_?[a-z0-9])*")
# Words that mean something else wherever attributes and columns are spoken of together.
_TAKEN = frozenset(
    {"id", "pk", "key", "contact", "user", "email", "password", "token", "state", "attributes"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``kind`` is a value of ``states.FieldKind``. Can be handed to another process."""

    key: str
    name: str
    kind: str
    choices: tuple[str, ...] = ()
    hint: str = ""


def check_key(key: str) -> str:
    """The key itself, if values may be kept under it. Raises FieldRefused otherwise.

    Small letters, digits and single underscores, at most 40, beginning with a
    letter: nothing that Django or Python reads as more than a name.
    """
    if len(key) > KEY_LENGTH or not _KEY.fullmatch(key) or key in _TAKEN:
        raise FieldRefused("key", _("This key cannot be used."))
    return key


def key_from(name: str, *, taken: Collection[str]) -> str:
    """A key made from the name that is not in ``taken``: "Shirt size" → "shirt_size"."""
    plain = slugify(name).replace("-", "_")
    plain = re.sub(r"_+", "_", plain)[: KEY_LENGTH - 4].strip("_")
    if not plain or not plain[0].isalpha() or plain in _TAKEN:
        plain = f"field_{plain}".strip("_")
    key, number = plain, 1
    while key in taken:
        number += 1
        key = f"{plain}_{number}"
    return check_key(key)


def check_choices(choices: Iterable[str]) -> tuple[str, ...]:
    """The choices, each once, in their order, without space around them.

    Raises FieldRefused for none at all, too many, one that is too long, or one
    that holds a sign by which a cell with several of them would be cut.
    """
    clean = [unicodedata.normalize("NFC", " ".join(choice.split())) for choice in choices]
    kept = tuple({choice.casefold(): choice for choice in reversed(clean) if choice}.values())[::-1]
    if not kept:
        raise FieldRefused("choices", _("Write at least one choice, each on a line of its own."))
    if len(kept) > MAX_CHOICES:
        raise FieldRefused(
            "choices", _("These are more than %(most)s choices.") % {"most": MAX_CHOICES}
        )
    for choice in kept:
        if len(choice) > CHOICE_LENGTH:
            raise FieldRefused(
                "choices",
                _("“%(choice)s …” is longer than %(most)s characters.")
                % {"choice": choice[:20], "most": CHOICE_LENGTH},
            )
        if not set(SEPARATORS).isdisjoint(choice) or not choice.isprintable():
            raise FieldRefused(
                "choices",
                _("“%(choice)s” holds a comma, a semicolon or a |; write it without.")
                % {"choice": choice},
            )
    return kept


def merge(attributes: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """``attributes`` with what was said about some of them; None and [] take a value out."""
    kept = {key: value for key, value in attributes.items() if key not in said}
    return kept | {key: value for key, value in said.items() if value not in (None, [])}
