"""What a person chose on her own page. The link that opened it proves the address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from newsletters.models import Contact, MailingList, Topic
from newsletters.services import subscriptions
from newsletters.services.consent import Door


@dataclass(frozen=True)
class Choice:
    """A filled-in preferences page: of ``offered`` lists she wants ``wanted``."""

    offered: Iterable[MailingList]
    wanted: Iterable[MailingList]
    topics: Iterable[Topic]
    digest_frequency: str
    language: str


@transaction.atomic
def save(*, contact: Contact, choice: Choice, door: Door) -> None:
    """Do what she chose, all or nothing: join at once with the wording of ``door``, leave at once.

    A list that was not offered is not touched.
    """
    wanted = set(choice.wanted)
    for mailing_list in wanted:
        subscriptions.join(contact=contact, mailing_list=mailing_list, door=door)
    left = [row for row in choice.offered if row not in wanted]
    subscriptions.leave(contact=contact, lists=left, method=door.method)
    contact.topics.set(choice.topics)
    contact.digest_frequency = choice.digest_frequency
    contact.language = choice.language
    contact.save(update_fields=["digest_frequency", "language", "updated_at"])
