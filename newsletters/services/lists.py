"""Lists: making one and changing what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from newsletters import names
from newsletters.addresses.domains import author_domain
from newsletters.errors import LineRefused, ListRefused
from newsletters.models import MailingList
from newsletters.selectors import sender_domains
from newsletters.services import tracking, transports

SLUG_LENGTH = 60


@dataclass(frozen=True)
class Details:
    """What staff say about a list. ``welcome_texts``: language → own words, plain text."""

    name: str
    description: str = ""
    is_public: bool = True
    is_sensitive: bool = False
    double_opt_in: bool = True
    sends_welcome: bool = True
    welcome_texts: Mapping[str, str] = field(default_factory=dict)
    sender_name: str = ""
    sender_email: str = ""
    postal_address: str = ""


def create(*, details: Details) -> MailingList:
    """A new list without anybody on it. Raises ListRefused naming the field to be mended.

    Its slug is made from the name now and never changes, because mail programs
    sort by the List-Id it becomes part of (RFC 2919 section 3).
    """
    values = _checked(details)
    slug = slugify(details.name)[:SLUG_LENGTH]
    try:
        with transaction.atomic():
            return MailingList.objects.create(slug=slug or _spare_slug("list"), **values)
    except IntegrityError:
        # Another list has this slug: a name may be used twice, an address may not.
        return MailingList.objects.create(slug=_spare_slug(slug), **values)


@transaction.atomic
def change(*, mailing_list: MailingList, details: Details) -> MailingList:
    """Write the details; who is on the list stays as it is. Raises ListRefused as ``create``.

    Of a list that becomes sensitive nothing is counted any more (``tracking.stop``).
    """
    values = _checked(details)
    for name, value in values.items():
        setattr(mailing_list, name, value)
    mailing_list.save(update_fields=list(values))
    if mailing_list.is_sensitive:
        tracking.stop(mailing_list)
    return mailing_list


def _checked(details: Details) -> dict[str, object]:
    """The columns as they are kept."""
    lines = {}
    for name in ("name", "sender_name"):
        try:
            lines[name] = names.name_line(getattr(details, name))
        except LineRefused as error:
            raise ListRefused(name, error.message) from error
    if details.sender_email and not sender_domains.is_ours(details.sender_email):
        raise ListRefused(
            "sender_email",
            _(
                "Mail cannot come from there: receivers would take it for forged. Use a domain "
                "of ours, or have this one entered under “Sender domains” first."
            ),
        )
    domain = author_domain(details.sender_email)
    if domain and not transports.is_carried(domain):
        raise ListRefused(
            "sender_email",
            _("Nothing carries mail from %(domain)s. Name it at one of the “Ways out” first.")
            % {"domain": domain},
        )
    texts = {
        code: "\n".join(text.strip().splitlines())
        for code, text in details.welcome_texts.items()
        if text.strip()
    }
    return {**vars(details), **lines, "welcome_texts": texts}


def _spare_slug(beginning: str) -> str:
    return f"{beginning}-{get_random_string(6, 'abcdefghijkmnpqrstuvwxyz23456789')}"
