"""Which writing systems a word mixes, to notice letters that pass for others."""

import unicodedata

# Written together as a matter of course (UTS 39, "highly restrictive").
_EAST_ASIAN_OR_LATIN = frozenset(
    {
        "BOPOMOFO",
        "CJK",
        "HANGUL",
        "HIRAGANA",
        "IDEOGRAPHIC",
        "KATAKANA",
        "KATAKANA-HIRAGANA",
        "LATIN",
    }
)
# Cyrillic letters a reader takes for Latin ones.
_LOOK_ALIKES = frozenset("асеорхуіјѕһԁԛԝӏ")


def is_mixed(word: str) -> bool:
    """Whether letters of two scripts meet that are not written together."""
    scripts = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return len(scripts) > 1 and not scripts <= _EAST_ASIAN_OR_LATIN


def is_deceptive_host(domain: str) -> bool:
    """Whether a host name in its own script mixes scripts, or is Cyrillic that passes for Latin."""
    labels = domain.split(".")
    return any(map(is_mixed, labels)) or any(map(_passes_for_latin, labels[:-1]))


def _passes_for_latin(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    return bool(letters) and all(char in _LOOK_ALIKES for char in letters)
