"""Ways out as staff keep them: shares, limits, domains; tried again before their time."""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.addresses.domains import author_domain
from newsletters.errors import TransportRefused
from newsletters.models import MailingList, ReceiverPace, SenderDomain, Transport
from newsletters.selectors.transports import known
from newsletters.states import TransportState
from worker.doorbell import Job, ring


@dataclass(frozen=True)
class Plan:
    """How much goes one way: its share, its limits, and the sender domains it names."""

    weight: int
    per_second: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    domains: tuple[SenderDomain, ...] = ()


def carries(named: Collection[str], elsewhere: Collection[str], domain: str) -> bool:
    """Whether mail from ``domain`` may go a way that names ``named``.

    A way that names domains carries these alone. One that names none carries
    all but those ``elsewhere``, which are named by other declared ways.
    """
    return domain in named if named else domain not in elsewhere


def is_carried(domain: str) -> bool:
    """Whether a declared transport with a share carries mail from ``domain``.

    Before any was looked at nothing is known, and nothing stands in the way.
    """
    rows = known()
    named = {row.pk: {found.domain for found in row.sender_domains.all()} for row in rows}
    for row in rows:
        elsewhere = set().union(*(named[pk] for pk in named if pk != row.pk))
        if row.weight and carries(named[row.pk], elsewhere, domain):
            return True
    return not rows


@transaction.atomic
def change(*, transport: Transport, plan: Plan) -> Transport:
    """Keep ``plan``; it holds from the next turn of every worker on, within a minute.

    Raises TransportRefused ("weight" or "sender_domains") when nothing would carry
    our own mail any more, or that of a list with a sender of its own.
    """
    transport.weight = plan.weight
    transport.per_second = plan.per_second
    transport.per_hour = plan.per_hour
    transport.per_day = plan.per_day
    transport.save(update_fields=["weight", "per_second", "per_hour", "per_day"])
    transport.sender_domains.set(plan.domains)
    _require_a_way(plan)
    return transport


@transaction.atomic
def try_now(*, transport: Transport) -> bool:
    """A resting transport is tried with the next mail, and the bells ring. False when none rests.

    Its failures still count: should it fail again, it rests longer.
    """
    now = timezone.now()
    resting = Transport.objects.filter(
        pk=transport.pk, state=TransportState.PAUSED, retry_at__gt=now
    )
    if not resting.update(retry_at=now):
        return False
    ring(Job.SEND_NOW)
    ring(Job.SEND_BULK)
    return True


def ask_anew() -> None:
    """What transports said they cannot carry is forgotten: each is tried again."""
    Transport.objects.filter(smtputf8=False).update(smtputf8=None)


def forget_pace(*, pk: int) -> bool:
    """A receiving domain gets its mail at full speed again. False when it was forgotten before."""
    return bool(ReceiverPace.objects.filter(pk=pk).delete()[0])


def _require_a_way(plan: Plan) -> None:
    """Every domain we write from must be carried by something that has a share."""
    own = MailingList.objects.exclude(sender_email="").values_list("sender_email", flat=True)
    for domain in sorted({author_domain(sender) for sender in (settings.MAIL_FROM, *own)}):
        if not is_carried(domain):
            field = "sender_domains" if plan.weight and plan.domains else "weight"
            raise TransportRefused(
                field,
                _("Then nothing would carry mail from %(domain)s, and it could not leave.")
                % {"domain": domain},
            )
