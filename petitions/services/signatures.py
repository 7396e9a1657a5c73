"""Signing, confirming, taking one's name off: by links in the mail of the address's owner."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletters.addresses import Address, address_key, parse, person_key
from newsletters.models import ConsentWording
from newsletters.services import contacts, subscriptions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile
from petitions.errors import DetailsChanged, SignatureGone, SigningOver
from petitions.models import PetitionText, Signature
from petitions.selectors import petitions as petition_selectors
from petitions.services import letterbox, limits
from petitions.states import Phase, SignatureState

# What is forgotten when a signature is withdrawn: the keys stay, so that it stays withdrawn.
BLANK: dict[str, Any] = {
    "name": "",
    "email": "",
    "comment": "",
    "country": "",
    "is_public": False,
    "wants_news": False,
}


@dataclass(frozen=True)
class Entry:
    """A filled-in form. ``text`` is the version she saw, ``network`` is used and forgotten."""

    text: PetitionText
    address: Address
    name: str
    country: str = ""
    comment: str = ""
    is_public: bool = False
    wants_news: bool = False
    wording: ConsentWording | None = None
    source: str = ""
    network: str = limits.NO_NETWORK


def sign(*, entry: Entry) -> None:
    """Somebody filled in the form. The page is always the same; a mail tells the owner.

    A new or withdrawn signature becomes PENDING and its owner is asked to
    confirm; a pending one takes the newer details and its link is mailed again;
    the owner of a confirmed one is told that she has signed. Raises SigningOver
    when the petition is not open.
    """
    petition = entry.text.petition
    if petition_selectors.phase(petition) != Phase.OPEN:
        raise SigningOver
    doubt = limits.doubt(petition=petition, network=entry.network)
    with transaction.atomic():
        letterbox.answer(_store(entry, doubt))


@transaction.atomic
def confirm(*, signature_id: int, revision: int) -> Signature:
    """The owner of the address pressed the button: PENDING becomes COUNTED, in doubt IGNORED.

    Gives her number, queues the thank-you, and puts her on the petition's list
    if she ticked the box. A second press returns the same signature and does
    nothing. ``revision`` is the one that was shown beside the button.

    Raises SignatureGone, DetailsChanged, or SigningOver later than 24 h after
    the close.
    """
    signature = _get(signature_id)
    if signature.state != SignatureState.PENDING:
        return signature
    if not petition_selectors.takes_confirmations(signature.petition):
        raise SigningOver
    new_state = SignatureState.IGNORED if signature.doubt else SignatureState.COUNTED
    number = _next_number(signature)
    changed = Signature.objects.filter(
        pk=signature.pk, state=SignatureState.PENDING, revision=revision
    ).update(state=new_state, confirmed_at=timezone.now(), number=number)
    signature = _get(signature_id)
    if changed:
        letterbox.thank(signature)
        _subscribe(signature)
    elif signature.state == SignatureState.PENDING:
        raise DetailsChanged
    return signature


@transaction.atomic
def withdraw(*, signature: Signature) -> None:
    """Any state but INVALIDATED becomes WITHDRAWN, and what was typed is forgotten.

    The total goes down at the next count. Lists she joined are not left: that
    is another link.
    """
    rows = Signature.objects.filter(pk=signature.pk)
    kept = (SignatureState.WITHDRAWN, SignatureState.INVALIDATED)
    if not rows.exclude(state__in=kept).update(state=SignatureState.WITHDRAWN, **BLANK):
        rows.filter(state=SignatureState.INVALIDATED).update(**BLANK)
    signature.refresh_from_db()


@transaction.atomic
def send_link_again(*, signature_id: int) -> None:
    """Mail a fresh confirm link if the signature still waits for one and a mail is allowed."""
    signature = _get(signature_id)
    if signature.state == SignatureState.PENDING:
        letterbox.answer(signature)


def _get(signature_id: int) -> Signature:
    found = (
        Signature.objects.filter(pk=signature_id)
        .select_related("petition__news_list", "text", "wording")
        .first()
    )
    if found is None:
        raise SignatureGone
    return found


def _store(entry: Entry, doubt: str) -> Signature:
    values = _values(entry)
    signature, created = Signature.objects.get_or_create(
        petition=entry.text.petition,
        person_key=person_key(entry.address),
        defaults={**values, "doubt": doubt},
    )
    if not created:
        _renew(signature, values, doubt)
    elif not doubt:
        late_doubt = limits.address_doubt(address_key=signature.address_key)
        Signature.objects.filter(pk=signature.pk).update(doubt=late_doubt)
    return _get(signature.pk)


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "email": entry.address.canonical,
        "address_key": address_key(entry.address.canonical),
        "country": entry.country,
        "comment": entry.comment,
        "is_public": entry.is_public,
        "wants_news": entry.wants_news,
        "wording": entry.wording,
        "text": entry.text,
        "language": entry.text.language,
        "source": entry.source,
    }


def _renew(signature: Signature, values: dict[str, Any], doubt: str) -> None:
    """Give an unconfirmed signature the newer details. A confirmed one stays as it is."""
    same = all(getattr(signature, field) == value for field, value in values.items())
    if same and signature.state == SignatureState.PENDING:
        return
    # Doubt can only be lifted here: else a stranger could bring it upon somebody who waits.
    lifted = {} if doubt else {"doubt": ""}
    Signature.objects.filter(
        pk=signature.pk, state__in=(SignatureState.PENDING, SignatureState.WITHDRAWN)
    ).update(
        **values,
        **lifted,
        state=SignatureState.PENDING,
        revision=F("revision") + 1,
        confirmed_at=None,
        number=None,
    )


def _next_number(signature: Signature) -> int:
    """The total, those confirmed since, and herself. Two at one instant may hear the same."""
    waiting = signature.petition.signatures.filter(state=SignatureState.COUNTED, in_total=False)
    return signature.petition.total + waiting.count() + 1


def _subscribe(signature: Signature) -> None:
    news_list = signature.petition.news_list
    if not (signature.wants_news and news_list):
        return
    contact = contacts.find_or_create(
        address=parse(signature.email),
        profile=Profile(
            given_name=signature.name,
            language=signature.language,
            country=str(signature.country),
        ),
    )
    door = Door(
        method=f"petition {signature.petition_id}",
        wording=signature.wording,
        legal_basis="consent",
    )
    subscriptions.join(contact=contact, mailing_list=news_list, door=door)
