"""Names of languages and countries in the languages of our sheets, matched exactly."""

from functools import lru_cache

from django.conf.locale import LANG_INFO
from django.utils import translation
from django_countries import countries

_SPOKEN = ("en", "ru", "kk", "de", "fr")


def language_code(text: str) -> str:
    """``DE``, ``de-DE``, ``de_DE.UTF-8``, ``German``, ``немецкий`` → ``de``; else nothing."""
    word = text.strip().casefold()
    found = _languages().get(word)
    if found:
        return found
    code = word.replace("_", "-").partition(".")[0]
    known = _codes()
    base = code.partition("-")[0]
    return base if base in known and len(code) <= 12 else ""


def country_code(text: str) -> str:
    """``de``, ``DEU``, ``Germany``, ``Германия`` → ``DE``; else nothing."""
    return _countries().get(text.strip().casefold(), "")


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(code.partition("-")[0] for code in LANG_INFO)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    names = {}
    for code, info in LANG_INFO.items():
        if "name" not in info or "-" in code:
            continue
        names[info["name_local"].casefold()] = code
        for spoken in _SPOKEN:
            with translation.override(spoken):
                names[translation.gettext(info["name"]).casefold()] = code
    return names


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    names = {}
    for code in countries.countries:
        names[code.casefold()] = code
        names[countries.alpha3(code).casefold()] = code
    for spoken in _SPOKEN:
        with translation.override(spoken):
            names.update({str(name).casefold(): code for code, name in countries})
    names.pop("", None)
    return names
