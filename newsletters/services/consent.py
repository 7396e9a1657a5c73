"""The consent ledger. Rows are only added; nobody but the person raises a consent."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from newsletters.models import ConsentAct, ConsentEvent, ConsentWording, Contact, MailingList

EVERYTHING = "everything"


@dataclass(frozen=True)
class Door:
    """How somebody agreed: through which door, to which wording, on which legal basis."""

    method: str
    wording: ConsentWording | None = None
    legal_basis: str = ""


def record(
    *, contact: Contact, act: ConsentAct, door: Door, mailing_list: MailingList | None = None
) -> ConsentEvent:
    """Add one line to the ledger for ``contact``."""
    return ConsentEvent.objects.create(
        contact=contact,
        address_key=contact.address_key,
        mailing_list=mailing_list,
        purpose=purpose_of(mailing_list) if mailing_list else EVERYTHING,
        act=act,
        wording=door.wording,
        method=door.method[:60],
        legal_basis=door.legal_basis[:200],
        happened_at=timezone.now(),
    )


def withdraw_everything(*, contact: Contact, method: str) -> bool:
    """Write down that she withdrew all of it. False, and no second line, when she had already."""
    last = contact.consent_events.last()
    if last and (last.act, last.purpose) == (ConsentAct.WITHDRAWN, EVERYTHING):
        return False
    record(contact=contact, act=ConsentAct.WITHDRAWN, door=Door(method=method))
    return True


def purpose_of(mailing_list: MailingList) -> str:
    """What the ledger calls ``mailing_list``, also when the list is gone."""
    return f"list {mailing_list.slug}"[:60]


def wording(*, purpose: str, language: str, text: str) -> ConsentWording:
    """The stored wording that says exactly ``text``; a changed text becomes a new version."""
    known = ConsentWording.objects.filter(purpose=purpose, language=language)
    found = known.filter(text=text).order_by("-version").first()
    if found:
        return found
    latest = known.aggregate(latest=Max("version"))["latest"] or 0
    try:
        with transaction.atomic():
            return ConsentWording.objects.create(
                purpose=purpose, language=language, version=latest + 1, text=text
            )
    except IntegrityError:
        # Two requests stored the first use of a new text at the same moment.
        return known.get(version=latest + 1)
