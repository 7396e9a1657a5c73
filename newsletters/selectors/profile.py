"""What stands on a profile, in words."""

from django_countries import countries

from newsletters.selectors.mailings import language_name


def in_words(name: str, value: str) -> str:
    """Languages and countries by their names, as nobody knows the codes by heart."""
    if name == "country":
        return str(countries.name(value)) or value
    if name == "language" and value:
        return language_name(value)
    return value
