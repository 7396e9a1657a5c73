"""Forgetting: signatures that were never confirmed, and names of petitions long closed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from newsletters.services import outgoing
from petitions import mails
from petitions.models import Signature
from petitions.selectors import signatures
from petitions.services.signatures import BLANK
from petitions.states import SignatureState

# As long as the link in the last mail works; later she simply signs again.
KEEP_PENDING = timedelta(days=14)
KEEP_NAMES = timedelta(days=180)
BATCH = 5000


def erase(*, keys: Sequence[str]) -> int:
    """Make the signatures of these addresses anonymous, delete those never confirmed.

    The total stays as it is: a counted signature was given, and what remains of
    it names nobody. Mails about them lose their address and their text. Returns
    how many signatures were touched.
    """
    outgoing.forget(outgoing.of_kinds(mails.MAILS, keys))
    theirs = Signature.objects.filter(pk__in=signatures.of_addresses(keys).values("pk"))
    deleted, _ = theirs.filter(state=SignatureState.PENDING, in_total=False).delete()
    return deleted + theirs.update(**BLANK, **_nobody())


def unconfirmed() -> QuerySet[Signature]:
    """Signatures nobody confirmed in time."""
    old = Signature.objects.filter(
        state=SignatureState.PENDING,
        in_total=False,
        created_at__lt=timezone.now() - KEEP_PENDING,
    )
    return old.filter(last_mail_at__lt=timezone.now() - KEEP_PENDING) | old.filter(
        last_mail_at__isnull=True
    )


def named() -> QuerySet[Signature]:
    """Signatures with a name under petitions that have been closed for long."""
    return Signature.objects.filter(
        petition__closes_at__lt=timezone.now() - KEEP_NAMES, address_key__gt=""
    )


def delete_unconfirmed() -> int:
    """Delete PENDING signatures whose last mail is 14 days old. Returns how many."""
    return unconfirmed().delete()[0]


def make_anonymous() -> int:
    """Take names, addresses, comments and keys off 180 days after the close. Returns how many.

    The total stays as it is: the rows remain, with country and time.
    """
    blank = {field: value for field, value in BLANK.items() if field != "country"}
    done = 0
    while changed := Signature.objects.filter(pk__in=named().values("pk")[:BATCH]).update(
        **blank, **_nobody()
    ):
        done += changed
    return done


def _nobody() -> dict[str, Any]:
    return {
        "address_key": "",
        # Unique with the petition, and says nothing.
        "person_key": Concat(Value("-"), Cast(F("pk"), CharField())),
    }
