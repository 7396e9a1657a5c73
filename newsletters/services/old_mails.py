"""Mails that are long over: the addresses they went to, and the texts of single ones."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletters.models import Delivery, DeliveryBody, Mailing
from newsletters.states import DeliveryState, MailingState
from worker.stopping import stopping

KEPT = timedelta(days=30)
CHUNK = 5_000
OVER = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
)
# What may name somebody: where it went, and what the relay said.
_EMPTY = {"address": "", "last_text": ""}


def past_mailings() -> QuerySet[Mailing]:
    """Ended thirty days ago, with addresses in their rows."""
    return Mailing.objects.filter(
        state__in=(MailingState.SENT, MailingState.CANCELLED),
        finished_at__lt=timezone.now() - KEPT,
        forgotten_at=None,
    )


def past_addresses() -> QuerySet[Delivery]:
    """The rows of ``past_mailings`` that hold one."""
    return Delivery.objects.filter(mailing__in=past_mailings().order_by()).exclude(address="")


def past_texts() -> QuerySet[DeliveryBody]:
    """Texts of single mails that ended, made thirty days ago."""
    return DeliveryBody.objects.filter(
        delivery__state__in=OVER, delivery__created_at__lt=timezone.now() - KEPT
    )


def forget_addresses() -> int:
    """Empty the addresses of mailings that ended thirty days ago. Returns how many rows.

    Whom a mailing reached is still known by the person's row, what became of it by
    its state, and a link in an old mail still finds her by the keyed hash. In chunks;
    stopped on the way, the next run goes on.
    """
    forgotten = 0
    for mailing in past_mailings().order_by("pk").only("pk").iterator(chunk_size=100):
        forgotten += _empty(mailing)
        if stopping.is_set():
            break
        past_mailings().filter(pk=mailing.pk).update(forgotten_at=timezone.now())
    return forgotten


def forget_texts() -> int:
    """Delete the texts, and empty the addresses they went to. Returns how many mails."""
    forgotten = 0
    while not stopping.is_set():
        with transaction.atomic():
            chunk = list(past_texts().values_list("pk", flat=True)[:CHUNK])
            DeliveryBody.objects.filter(pk__in=chunk).delete()
            forgotten += Delivery.objects.filter(pk__in=chunk).update(**_EMPTY)
        if len(chunk) < CHUNK:
            break
    return forgotten


def _empty(mailing: Mailing) -> int:
    """Along the index of a mailing's keys: each chunk begins where the last one ended."""
    done, last = 0, ""
    rows = Delivery.objects.filter(mailing=mailing).exclude(**_EMPTY)
    while not stopping.is_set():
        behind = rows.filter(address_key__gt=last).order_by("address_key")
        keys = list(behind.values_list("address_key", flat=True)[:CHUNK])
        if not keys:
            break
        done += rows.filter(address_key__gt=last, address_key__lte=keys[-1]).update(**_EMPTY)
        last = keys[-1]
    return done
