"""Questions about mailings a person got, and imports that brought or touched her."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from newsletters.models import Delivery, ImportChange, ImportJob, Mailing, Subscription
from newsletters.ports import Question, Takes
from newsletters.selectors.segment_values import row_id, since
from newsletters.states import DeliveryState, ImportState, MailingState

MOST_CHOICES = 300
WRITTEN = (ImportState.APPLYING, ImportState.DONE)
STARTED = (
    MailingState.EXPANDING,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.SENT,
    MailingState.CANCELLED,
)


class Received:
    """Mailings that the relay took for her."""

    name = "received"
    label = gettext_lazy("Mailings")
    operators = {
        "is": Question(gettext_lazy("has received …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("has not received …"), (Takes.CHOICE,)),
        "within": Question(
            gettext_lazy("has received a mailing in the last … days"), (Takes.DAYS,)
        ),
        "not_within": Question(
            gettext_lazy("has received no mailing in the last … days"), (Takes.DAYS,)
        ),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest mailings that began to leave."""
        newest = Mailing.objects.filter(state__in=STARTED).order_by("-pk")
        return [(str(pk), name) for pk, name in newest.values_list("pk", "name")[:MOST_CHOICES]]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS in the ledger of mails.

        "In the last days" names the mailings that were going out then, a handful, because
        the ledger is ordered by mailing and not by time.
        """
        [value] = values
        got = Delivery.objects.filter(contact=OuterRef("pk"), state=DeliveryState.ACCEPTED)
        if operator in {"is", "is_not"}:
            found = Q(Exists(got.filter(mailing=row_id(value))))
        else:
            begin = since(value)
            still_going = Q(finished_at__isnull=True) | Q(finished_at__gte=begin)
            recent = Mailing.objects.filter(still_going, state__in=STARTED)
            ids = list(recent.order_by("pk").values_list("pk", flat=True))
            found = Q(Exists(got.filter(mailing__in=ids, accepted_at__gte=begin)))
        return ~found if operator in {"is_not", "not_within"} else found


class Imported:
    """Spreadsheets she came with, or that changed what we know of her."""

    name = "imported"
    label = gettext_lazy("Imports")
    operators = {
        "came": Question(gettext_lazy("was brought by …"), (Takes.CHOICE,)),
        "touched": Question(gettext_lazy("was brought or changed by …"), (Takes.CHOICE,)),
        "untouched": Question(
            gettext_lazy("was neither brought nor changed by …"), (Takes.CHOICE,)
        ),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest imports that wrote something."""
        newest = ImportJob.objects.filter(state__in=WRITTEN).order_by("-pk")
        rows = newest.values_list("pk", "file_name")[:MOST_CHOICES]
        return [(str(pk), f"{name} ({pk})") for pk, name in rows]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """What the import noted of her for its undo; later, the lists it put her on."""
        job = ImportJob.objects.filter(pk=row_id(values[0])).first()
        if job is None:
            return ~Q(pk__in=[]) if operator == "untouched" else Q(pk__in=[])
        changes = ImportChange.objects.filter(contact=OuterRef("pk"), job=job)
        joined = Subscription.objects.filter(contact=OuterRef("pk"), method=job.method)
        if operator == "came":
            is_new = Q(created_at__gte=job.created_at)
            return Q(Exists(changes.filter(created=True))) | (is_new & Q(Exists(joined)))
        found = Q(Exists(changes)) | Q(Exists(joined))
        return ~found if operator == "untouched" else found


RECEIVED = Received()
IMPORTED = Imported()
