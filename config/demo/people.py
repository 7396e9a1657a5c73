"""The people: lists and who is on them, petitions and who signed. All through the services."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.text import slugify

from campaigns.models import Campaign
from config.demo import story
from config.demo.story import moment
from newsletters.addresses import parse
from newsletters.models import (
    ConsentEvent,
    ConsentWording,
    Contact,
    MailingList,
    Subscription,
    Topic,
)
from newsletters.public.forms import sign_up_wording
from newsletters.services import consent, contacts, lists, preferences, subscriptions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from newsletters.services.lists import Details
from newsletters.services.preferences import Choice
from petitions.models import Petition, PetitionText, Signature
from petitions.public.forms import news_wording
from petitions.services import counting, petitions, signatures
from petitions.services.petitions import Words
from petitions.services.signatures import Entry

# The same invented people at every loading.
SEED = 41
PEOPLE = 500
LANGUAGES = ("en", "fr")
COMMENT_SHARE, NAME_SHARE, NEWS_SHARE = 0.16, 0.4, 0.55
WEEKLY_SHARE, TOPIC_SHARE, LEFT_SHARE = 0.55, 0.35, 0.05
HOSTS = 14


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    given: str
    family: str
    email: str
    language: str
    country: str


class Crowd:
    """Draws people one after the other, each once."""

    def __init__(self) -> None:
        self.told = story.table("people")
        self.dice = random.Random(SEED)  # noqa: S311  # invents people, guards nothing
        names = [(given, family) for given in self.told["given"] for family in self.told["family"]]
        self.dice.shuffle(names)
        self._names = iter(names)

    def __iter__(self) -> Iterator[Person]:
        return self

    def __next__(self) -> Person:
        given, family = next(self._names)
        places = self.told["places"]
        language, country, _share = self.dice.choices(places, [row[2] for row in places])[0]
        local = f"{slugify(given)}.{slugify(family)}"
        return Person(given, family, f"{local}@example.org", language, country)

    def happens(self, share: float) -> bool:
        """True in ``share`` of the cases."""
        return self.dice.random() < share

    def comment(self, language: str) -> str:
        """Why somebody signs."""
        return str(self.dice.choice(self.told[f"comments_{language}"]))


def mailing_lists(crowd: Crowd) -> dict[str, MailingList]:
    """Three lists by key, one of them private."""
    return {row.pop("key"): lists.create(details=Details(**row)) for row in crowd.told["list"]}


def all_petitions(crowd: Crowd, cause: Campaign, news_list: MailingList) -> dict[str, Petition]:
    """Both petitions by key, signed and counted; the older one is closed."""
    told = story.table("petitions")["petition"]
    return {row["key"]: _petition(crowd, row, cause, news_list) for row in reversed(told)}


def subscribers(crowd: Crowd, joined: dict[str, MailingList]) -> None:
    """Fill up to PEOPLE contacts, let them choose subjects, and let some leave again."""
    doors = {language: _sign_up_door(language) for language in LANGUAGES}
    missing = PEOPLE - Contact.objects.count()
    for _number, person in zip(range(missing), crowd, strict=False):
        _join(crowd, person, joined, doors[person.language], _days_ago(crowd, 700))
    _choose_subjects(crowd, joined, doors)
    _invite_hosts(crowd, joined["hosts"])
    for contact in Contact.objects.order_by("pk"):
        if crowd.happens(LEFT_SHARE):
            _leave(crowd, contact)


def _join(
    crowd: Crowd, person: Person, joined: dict[str, MailingList], door: Door, since: datetime
) -> None:
    contact = contacts.find_or_create(
        address=parse(person.email),
        profile=Profile(person.given, person.family, person.language, person.country),
    )
    subscriptions.join(contact=contact, mailing_list=joined["appeals"], door=door)
    if crowd.happens(WEEKLY_SHARE):
        subscriptions.join(contact=contact, mailing_list=joined["weekly"], door=door)
    _date_back(contact, since)


def _choose_subjects(crowd: Crowd, joined: dict[str, MailingList], doors: dict[str, Door]) -> None:
    topics = list(Topic.objects.all())
    readers = Contact.objects.filter(subscriptions__mailing_list=joined["weekly"])
    for contact in readers.order_by("pk"):
        if crowd.happens(TOPIC_SHARE):
            choice = Choice(
                offered=[],
                wanted=[],
                topics=crowd.dice.sample(topics, 2),
                digest_frequency=contact.digest_frequency,
                language=contact.language,
            )
            preferences.save(contact=contact, choice=choice, door=doors[contact.language])


def _invite_hosts(crowd: Crowd, hosts: MailingList) -> None:
    """They asked for it at a meeting, so it is the committee that writes them down."""
    door = Door(method="sign-up sheet", legal_basis="consent on paper, at the autumn meeting")
    chosen = crowd.dice.sample(list(Contact.objects.order_by("pk")), HOSTS)
    for contact in chosen:
        subscriptions.join(contact=contact, mailing_list=hosts, door=door)


def _leave(crowd: Crowd, contact: Contact) -> None:
    subscriptions.leave(
        contact=contact,
        lists=subscriptions.active_lists(contact),
        method="one-click",
    )
    left = _days_ago(crowd, 90)
    Subscription.objects.filter(contact=contact, unsubscribed_at__isnull=False).update(
        unsubscribed_at=left
    )
    ConsentEvent.objects.filter(contact=contact, act="withdrawn").update(happened_at=left)


def _petition(
    crowd: Crowd, row: dict[str, Any], cause: Campaign, news_list: MailingList
) -> Petition:
    texts = {text.pop("language"): Words(**_stripped(text)) for text in row["text"]}
    settings = {name: row[name] for name in ("slug", "addressee", "started_by", "goals")}
    settings |= {"campaign": cause, "news_list": news_list}
    if "closes_in" in row:
        settings["closes_at"] = timezone.now() + timedelta(days=row["closes_in"])
    petition = petitions.create(settings=settings, words=texts.pop("en"))
    for language, words in texts.items():
        petitions.save_text(petition=petition, language=language, words=words)
    petitions.open_(petition=petition)
    _collect(crowd, row, petition)
    counting.count()
    if "closed" in row:
        petitions.close(petition=petition)
        Petition.objects.filter(pk=petition.pk).update(closes_at=moment(row["closed"], 18))
    Petition.objects.filter(pk=petition.pk).update(created_at=moment(row["opened"]))
    petition.refresh_from_db()
    return petition


def _collect(crowd: Crowd, row: dict[str, Any], petition: Petition) -> None:
    """Signatures over the whole time it was open, many of them lately."""
    texts = {text.language: text for text in petition.texts.all()}
    wordings = {language: _news_wording(petition, language) for language in texts}
    first, last = row["opened"], row.get("closed", 0)
    count = row["signatures"] + row["waiting"]
    times = sorted(_lately(crowd, first, last) for _ in range(count))
    for number, (person, when) in enumerate(zip(crowd, times, strict=False)):
        text = texts.get(person.language, texts["en"])
        signature = _sign(crowd, person, text, wordings[text.language])
        if number >= row["waiting"]:
            signatures.confirm(signature_id=signature.pk, revision=signature.revision)
            Signature.objects.filter(pk=signature.pk).update(created_at=when, confirmed_at=when)
            contact = Contact.objects.filter(email=person.email).first()
            if contact:
                _complete(contact, person, when)


def _sign(crowd: Crowd, person: Person, text: PetitionText, wording: ConsentWording) -> Signature:
    has_comment = crowd.happens(COMMENT_SHARE)
    entry = Entry(
        text=text,
        address=parse(person.email),
        name=f"{person.given} {person.family}",
        country=person.country,
        comment=crowd.comment(text.language) if has_comment else "",
        is_public=has_comment or crowd.happens(NAME_SHARE),
        wants_news=crowd.happens(NEWS_SHARE),
        wording=wording,
    )
    signatures.sign(entry=entry)
    return Signature.objects.get(petition=text.petition, email=person.email)


def _complete(contact: Contact, person: Person, when: datetime) -> None:
    """A signer gives one name; the committee has written both parts down since."""
    contact.given_name, contact.family_name = person.given, person.family
    contact.save(update_fields=["given_name", "family_name", "updated_at"])
    _date_back(contact, when)


def _date_back(contact: Contact, when: datetime) -> None:
    """The services write down today; in the story it happened ``when``."""
    Contact.objects.filter(pk=contact.pk).update(created_at=when)
    contact.subscriptions.update(created_at=when, confirmed_at=when)
    contact.consent_events.update(happened_at=when)


def _lately(crowd: Crowd, first: int, last: int) -> datetime:
    """Some time between so many days ago, sooner rather than later."""
    days = last + (first - last) * crowd.dice.random() ** 3
    return timezone.now() - timedelta(days=days, minutes=5)


def _sign_up_door(language: str) -> Door:
    with translation.override(language):
        text = sign_up_wording()
    wording = consent.wording(purpose="subscribe form", language=language, text=text)
    return Door(method="subscribe form", wording=wording, legal_basis="consent")


def _news_wording(petition: Petition, language: str) -> ConsentWording:
    with translation.override(language):
        text = news_wording(petition)
    return consent.wording(purpose="petition news", language=language, text=text)


def _days_ago(crowd: Crowd, most: int) -> datetime:
    return timezone.now() - timedelta(days=1 + crowd.dice.random() * (most - 1))


def _stripped(texts: dict[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in texts.items()}
