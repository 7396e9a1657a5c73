"""Words people write above their columns, in English, Russian, Kazakh, German and French."""

import re
import unicodedata

WORDS: dict[str, tuple[str, ...]] = {
    "email": (
        "email", "e mail", "mail", "email address", "e mail address", "mail address",
        "address email", "primary email", "e mail 1 value", "почта", "эл почта",
        "электронная почта", "имейл", "емейл", "е mail", "адрес электронной почты",
        "адрес эл почты", "электронный адрес", "пошта", "эл пошта", "электрондық пошта",
        "э пошта", "поштасы", "e mail adresse", "email adresse", "mailadresse", "mail adresse",
        "courriel", "adresse courriel", "adresse e mail", "adresse email", "adresse mail", "mél",
        "mel", "adresse electronique", "adresse électronique", "courrier électronique",
    ),
    "given_name": (
        "given name", "first name", "firstname", "forename", "first", "fname", "имя", "аты",
        "есімі", "есім", "vorname", "prénom", "prenom",
    ),
    "family_name": (
        "family name", "last name", "lastname", "surname", "last", "lname", "фамилия", "тегі",
        "nachname", "familienname", "nom", "nom de famille",
    ),
    "full_name": (
        "name", "full name", "fullname", "contact", "contact name", "полное имя", "имя и фамилия",
        "имя фамилия", "толық аты", "vollständiger name", "vor und nachname", "nom complet",
        "prénom et nom", "prénom nom",
    ),
    "full_name_family": (
        "name first name", "last name first name", "surname and name", "фио", "ф и о",
        "фамилия имя", "фамилия и имя", "фамилия имя отчество", "аты жөні", "тегі аты",
        "тегі аты жөні", "тегі аты әкесінің аты", "name vorname", "nachname vorname",
        "nach und vorname", "name und vorname", "nom prénom", "nom et prénom",
    ),
    "language": (
        "language", "lang", "locale", "язык", "тіл", "тілі", "sprache", "langue",
    ),
    "time_zone": (
        "time zone", "timezone", "tz", "часовой пояс", "уақыт белдеуі", "zeitzone",
        "fuseau horaire",
    ),
    "country": (
        "country", "country code", "страна", "ел", "елі", "мемлекет", "land", "staat", "pays",
    ),
    "postcode": (
        "postcode", "post code", "zip", "zip code", "zipcode", "postal code", "индекс",
        "почтовый индекс", "пошта индексі", "пошталық индекс", "plz", "postleitzahl",
        "code postal", "cp",
    ),
    "phone": (
        "phone", "phone number", "telephone", "tel", "mobile", "mobile phone", "cell", "телефон",
        "номер телефона", "мобильный", "мобильный телефон", "тел", "ұялы телефон",
        "телефон нөмірі", "telefon", "telefonnummer", "handy", "mobil", "téléphone", "portable",
        "numéro de téléphone",
    ),
    "tags": (
        "tags", "tag", "labels", "label", "groups", "теги", "тег", "метки", "метка", "группы",
        "тегтер", "белгілер", "schlagwörter", "stichwörter", "gruppen", "étiquettes", "mots clés",
        "groupes",
    ),
    "consent": (
        "consent", "opt in", "optin", "subscribed", "newsletter", "agreed", "согласие",
        "подписка", "рассылка", "согласен", "келісім", "жазылу", "einwilligung", "zustimmung",
        "consentement", "abonné", "inscrit", "accord",
    ),
}  # fmt: skip

_GAPS = re.compile(r"[\s\W_]+")


def plain(header: str) -> str:
    """A header reduced to its words: "  E-Mail_Address:" → "e mail address"."""
    return _GAPS.sub(" ", unicodedata.normalize("NFKC", header)).strip().casefold()


_FIELDS = {plain(word): field for field, words in WORDS.items() for word in words}


def field_of(header: str) -> str:
    """The field whose words these are, or nothing."""
    return _FIELDS.get(plain(header), "")
