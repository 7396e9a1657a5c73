"""What a person chose on her own page. The link that opened it proves the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.custom_fields import merge
from newsletters.errors import PauseRefused
from newsletters.models import Contact, Delivery, MailingList, Topic
from newsletters.services import departures, subscriptions
from newsletters.services.consent import Door
from newsletters.states import DeliveryState, SkipReason

LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True)
class Choice:
    """A filled-in preferences page: of ``offered`` lists she wants ``wanted``.

    ``attributes``: key of a custom field → value, None for what she emptied.
    """

    offered: Iterable[MailingList]
    wanted: Iterable[MailingList]
    topics: Iterable[Topic]
    digest_frequency: str
    language: str
    paused_until: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def save(*, contact: Contact, choice: Choice, door: Door) -> None:
    """Do what she chose, all or nothing: join at once with the wording of ``door``, leave at once.

    A list that was not offered is not touched. During a pause no mailing and no
    digest leaves for her; those planned already are skipped. Raises PauseRefused.
    """
    check_pause(choice.paused_until)
    row = Contact.objects.select_for_update().get(pk=contact.pk)
    wanted = set(choice.wanted)
    for mailing_list in wanted:
        subscriptions.join(contact=row, mailing_list=mailing_list, door=door)
    left = [one for one in choice.offered if one not in wanted]
    subscriptions.leave(contact=row, lists=left, method=door.method)
    row.topics.set(choice.topics)
    row.digest_frequency = choice.digest_frequency
    row.language = choice.language
    row.paused_until = choice.paused_until
    row.attributes = merge(row.attributes, choice.attributes)
    row.save(
        update_fields=["digest_frequency", "language", "paused_until", "attributes", "updated_at"]
    )
    if choice.paused_until:
        skip_mail_before(row, choice.paused_until)


def check_pause(day: date | None) -> date | None:
    """The day itself, if a pause may end on it: to come, and within a year. Raises PauseRefused."""
    today = timezone.now().date()
    if day is not None and day <= today:
        raise PauseRefused
    if day is not None and day > today + LONGEST_PAUSE:
        raise PauseRefused(
            "long", _("A pause lasts a year at most. To end it all, press “Leave everything”.")
        )
    return day


def skip_mail_before(contact: Contact, day: date) -> None:
    """Rows of mailings that would leave before ``day``. A claimed row keeps its claim."""
    Delivery.objects.filter(
        contact=contact,
        mailing__isnull=False,
        state__in=departures.LIVE,
        due_at__lt=datetime.combine(day, time.min, UTC),
    ).update(state=DeliveryState.SKIPPED, reason=SkipReason.PAUSED)
