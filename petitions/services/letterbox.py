"""The mails a signer gets. At most five per signature, and one in ten minutes, whoever asks."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from newsletters import tokens as seals
from newsletters.services import outgoing
from petitions import mails, tokens
from petitions.models import Signature
from petitions.selectors import petitions as selectors
from petitions.states import SignatureState

MAILS_EVER = 5
PAUSE = timedelta(minutes=10)


def answer(signature: Signature) -> bool:
    """Queue what the owner of the address should know: the confirm link, or that she has signed.

    False when she had her five mails, or one in the last ten minutes. Of parallel
    calls only one gets through, because the row itself is asked.
    """
    if signature.state == SignatureState.WITHDRAWN or not _take_turn(signature):
        return False
    common: dict[str, object] = {
        "title": signature.text.title,
        "withdraw_url": withdraw_url(signature),
    }
    if signature.state == SignatureState.PENDING:
        outgoing.queue(
            mail=mails.CONFIRM_SIGNATURE,
            to=_recipient(signature),
            context={**common, "confirm_url": confirm_url(signature)},
        )
    else:
        outgoing.queue(
            mail=mails.ALREADY_SIGNED,
            to=_recipient(signature),
            context={**common, "petition_url": _page(signature)},
        )
    return True


def thank(signature: Signature) -> None:
    """Queue the thank-you, once in the life of the signature."""
    outgoing.queue(
        mail=mails.THANK_YOU,
        to=_recipient(signature),
        context={
            "title": signature.text.title,
            "message": signature.text.thanks,
            "petition_url": _page(signature),
            "share_url": f"{_page(signature)}#share-heading",
            "withdraw_url": withdraw_url(signature),
        },
        dedupe_key=f"petitions.thank_you {signature.pk}",
    )


def confirm_url(signature: Signature) -> str:
    """Where the confirmation mail leads: a page with one button. Works for 14 days."""
    token = seals.seal(tokens.CONFIRM, signature.pk)
    return settings.SITE_URL + reverse("petitions:confirm", args=[token])


def withdraw_url(signature: Signature) -> str:
    """Where "this was not me" and "take it off" lead. Works as long as we hold the signature."""
    token = seals.seal(tokens.WITHDRAW, signature.pk)
    return settings.SITE_URL + reverse("petitions:withdraw", args=[token])


def _take_turn(signature: Signature) -> bool:
    now = timezone.now()
    rested = Q(last_mail_at__isnull=True) | Q(last_mail_at__lte=now - PAUSE)
    turn = Signature.objects.filter(rested, pk=signature.pk, mails_sent__lt=MAILS_EVER)
    return turn.update(mails_sent=F("mails_sent") + 1, last_mail_at=now) == 1


def _recipient(signature: Signature) -> outgoing.Recipient:
    return outgoing.Recipient(signature.email, signature.language)


def _page(signature: Signature) -> str:
    return selectors.url(signature.petition, signature.language)
