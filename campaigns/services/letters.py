"""A supporter's letter: written, confirmed by the button in a mail, sent once, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from campaigns import mails
from campaigns.letter_text import Signer, put_together
from campaigns.models import Letter, Target, UrgentAction
from campaigns.selectors import letters as selectors
from campaigns.selectors.actions import Draft, is_open
from campaigns.services import mail_limits
from campaigns.states import ActionState, LetterState
from campaigns.tokens import CONFIRM_LETTER, CONFIRM_LETTER_HOURS
from newsletters import tokens
from newsletters.addresses import Address, address_key, person_key
from newsletters.models import Delivery, DeliveryBody
from newsletters.services import outgoing
from newsletters.services.outgoing import Letterhead, Recipient
from newsletters.states import DeliveryState

log = structlog.get_logger("campaigns.letters")

KEPT = timedelta(days=30)
SENDER_MAX = 320
GONE = (DeliveryState.REFUSED, DeliveryState.SKIPPED, DeliveryState.CANCELLED)


class Standing(StrEnum):
    """What a supporter is told about a letter."""

    WAITING = "waiting"
    SENT = "sent"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class Writing:
    """A filled-in letter form, every part cleaned."""

    draft: Draft
    subject: str
    middle: str
    signer: Signer
    address: Address
    page_language: str


@transaction.atomic
def request(*, action: UrgentAction, writing: Writing) -> None:
    """Keep the letter as PENDING and queue one confirmation mail; the page never tells which.

    Who wrote to this target before gets a mail that says so, and nothing is
    kept. Nothing at all happens for an address that is a target's own, after
    too many mails to one address, or when the action has closed.
    """
    if (
        not is_open(action)
        or _is_a_target(writing.address)
        or not mail_limits.allow(writing.address)
    ):
        return
    letter = _letter(action, writing)
    recipient = Recipient(letter.email, letter.page_language)
    context: dict[str, object] = {"office": str(letter.target), "action_url": action_url(action)}
    if selectors.was_sent(letter):
        outgoing.queue(mail=mails.LETTER_ALREADY_SENT, to=recipient, context=context)
        return
    letter.save(force_insert=True)
    context["confirm_url"] = confirm_url(letter)
    outgoing.queue(mail=mails.CONFIRM_LETTER, to=recipient, context=context)


def standing(letter: Letter) -> Standing:
    """Where the letter stands at this moment; changes nothing."""
    if selectors.was_sent(letter):
        return Standing.SENT
    if not is_open(letter.action):
        return Standing.CLOSED
    if letter.state == LetterState.STOPPED:
        return Standing.DISCARDED
    if letter.target.dead_since:
        return Standing.UNREACHABLE
    return Standing.WAITING


@transaction.atomic
def confirm(*, letter: Letter) -> Standing:
    """The supporter pressed the button: PENDING → CONFIRMED, one mail to the target, one to her.

    All in one transaction. A second press, or a second letter of hers to this
    target, is answered like the first and sends nothing.
    """
    now_standing = standing(letter)
    if now_standing != Standing.WAITING:
        return now_standing
    if _move_to_confirmed(letter):
        _send(letter)
        log.info("letter_confirmed", letter=letter.pk, action=letter.action_id)
    letter = Letter.objects.select_related("action__case", "target").get(pk=letter.pk)
    return standing(letter)


def discard(*, letter: Letter) -> bool:
    """Its owner does not want it: PENDING → STOPPED and emptied. False when it was too late."""
    return bool(
        Letter.objects.filter(pk=letter.pk, state=LetterState.PENDING).update(
            state=LetterState.STOPPED, address_key="", **_EMPTY
        )
    )


def unconfirmed() -> QuerySet[Letter]:
    """Letters nobody confirmed while the link worked."""
    too_late = timezone.now() - timedelta(hours=CONFIRM_LETTER_HOURS)
    return Letter.objects.filter(state=LetterState.PENDING, created_at__lt=too_late)


def settled() -> QuerySet[Letter]:
    """Letters that were sent, or will not be, 30 days ago, with their text."""
    now = timezone.now()
    is_over = (
        Q(delivery__isnull=True)
        | Q(delivery__accepted_at__lt=now - KEPT)
        | Q(delivery__state__in=GONE)
    )
    return Letter.objects.filter(
        is_over, state__in=(LetterState.CONFIRMED, LetterState.STOPPED), created_at__lt=now - KEPT
    ).exclude(email="")


def forget_unconfirmed() -> int:
    """Delete letters nobody confirmed in time. Returns how many."""
    return unconfirmed().delete()[0]


def forget_old() -> int:
    """Empty text and person of letters sent 30 days ago. Returns how many.

    What stays of a sent letter is its country and the keys that keep a second
    one away and find it for its writer, so totals do not change.
    """
    return Letter.objects.filter(pk__in=settled().values("pk")).update(**_EMPTY)


def erase(*, keys: Sequence[str]) -> int:
    """Empty what these addresses wrote and take the keys away; returns how many letters.

    What waits for a confirmation is deleted. A letter that was sent stays in the
    total, with nobody behind it. One that is still to go does not go any more.
    """
    outgoing.forget(outgoing.of_kinds(mails.LETTER_MAILS, keys))
    theirs = selectors.written_by(keys)
    # The address is the official's; the text is the supporter's.
    outgoing.forget(Delivery.objects.filter(letter__in=theirs), keep_address=True)
    waiting, _counts = Letter.objects.filter(
        pk__in=theirs.values("pk"), state=LetterState.PENDING
    ).delete()
    sent = Letter.objects.filter(pk__in=theirs.values("pk"))
    return waiting + sent.update(
        **_EMPTY,
        country="",
        address_key="",
        # Unique with the target, and says nothing.
        person_key=Concat(Value("-"), Cast(F("pk"), CharField())),
    )


def confirm_url(letter: Letter) -> str:
    """Where the confirmation mail leads: a page that shows the letter and has one button."""
    token = tokens.seal(CONFIRM_LETTER, letter.pk)
    return settings.SITE_URL + reverse("campaigns:letter_confirm", args=[token])


def action_url(action: UrgentAction) -> str:
    """The public address of the action, to be passed on."""
    return settings.SITE_URL + reverse("campaigns:action", args=[action.slug])


def sender_name(letter: Letter) -> str:
    """The display name of the From header, cut to what fits there once encoded (RFC 2047)."""
    name = letter.name
    while len(outgoing.sender(f"{name} via {settings.SITE_NAME}")) > SENDER_MAX and name:
        name = name[:-1]
    return f"{name} via {settings.SITE_NAME}"


_EMPTY = {"name": "", "town": "", "email": "", "subject": "", "body": ""}


def _letter(action: UrgentAction, writing: Writing) -> Letter:
    draft, signer = writing.draft, writing.signer
    body = put_together(
        salutation=draft.salutation,
        middle=writing.middle,
        foot=draft.foot,
        signer=signer,
        language=draft.language,
    )
    return Letter(
        action=action,
        target=draft.target,
        name=signer.name,
        town=signer.town,
        country=signer.country,
        email=writing.address.canonical,
        person_key=person_key(writing.address),
        address_key=address_key(writing.address.canonical),
        language=draft.language,
        subject=writing.subject,
        body=body,
        page_language=writing.page_language,
    )


def _move_to_confirmed(letter: Letter) -> bool:
    # Every condition on the row itself or behind IN: in a join PostgreSQL would not look
    # again at ``state`` after waiting for another transaction's lock.
    waiting = Letter.objects.filter(
        pk=letter.pk,
        state=LetterState.PENDING,
        action__in=UrgentAction.objects.filter(state=ActionState.OPEN),
        target__in=Target.objects.filter(dead_since__isnull=True),
    )
    try:
        with transaction.atomic():
            return bool(waiting.update(state=LetterState.CONFIRMED, confirmed_at=timezone.now()))
    except IntegrityError:
        # Her other letter to this target was confirmed at the same moment.
        return False


def _send(letter: Letter) -> None:
    delivery = outgoing.store(
        kind=mails.LETTER,
        to=Recipient(letter.target.email, letter.language),
        body=_mail(letter),
        dedupe_key=f"letter:{letter.pk}",
        letterhead=Letterhead(
            sender_name=sender_name(letter), reply_to=letter.email, never_twice=True, headers={}
        ),
    )
    Letter.objects.filter(pk=letter.pk).update(delivery=delivery)
    outgoing.queue(
        mail=mails.LETTER_THANKS,
        to=Recipient(letter.email, letter.page_language),
        context={
            "office": str(letter.target),
            "action_title": letter.action.title,
            "action_url": action_url(letter.action),
        },
        dedupe_key=f"letter-thanks:{letter.pk}",
    )


def _mail(letter: Letter) -> DeliveryBody:
    return DeliveryBody(
        subject=letter.subject,
        text=letter.body,
        html=mails.letter_html(letter.body, letter.language),
    )


def _is_a_target(address: Address) -> bool:
    """A prank: our confirmation mail would be one more mail to an official."""
    return Target.objects.filter(email=address.canonical).exists()
