"""Lists: making one and changing what it says."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from newsletters.models import MailingList

SLUG_LENGTH = 60


@dataclass(frozen=True)
class Details:
    """What staff say about a list."""

    name: str
    description: str = ""
    is_public: bool = True
    is_sensitive: bool = False
    sender_name: str = ""


def create(*, details: Details) -> MailingList:
    """A new list without anybody on it.

    Its slug is made from the name now and never changes, because mail programs
    sort by the List-Id it becomes part of (RFC 2919 section 3).
    """
    slug = slugify(details.name)[:SLUG_LENGTH]
    try:
        with transaction.atomic():
            return MailingList.objects.create(slug=slug or _spare_slug("list"), **vars(details))
    except IntegrityError:
        # Another list has this slug: a name may be used twice, an address may not.
        return MailingList.objects.create(slug=_spare_slug(slug), **vars(details))


def change(*, mailing_list: MailingList, details: Details) -> MailingList:
    """Write the details; who is on the list stays as it is."""
    for name, value in vars(details).items():
        setattr(mailing_list, name, value)
    mailing_list.save(update_fields=list(vars(details)))
    return mailing_list


def _spare_slug(beginning: str) -> str:
    return f"{beginning}-{get_random_string(6, 'abcdefghijkmnpqrstuvwxyz23456789')}"
