"""Post that waits for somebody or is on its way, for the dashboard. A few rows each, never all."""

from django.db.models import Count, QuerySet

from newsletters.models import Delivery, ImportJob, Mailing
from newsletters.states import LEAVING, DeliveryState, ImportState, MailingState

FEW = 5
# In which an import does nothing until somebody presses a button.
WAITING_IMPORTS = (ImportState.UPLOADED, ImportState.CHECKED)


def held() -> QuerySet[Mailing]:
    """Paused mailings, newest first."""
    return Mailing.objects.filter(state=MailingState.PAUSED).order_by("-pk")[:FEW]


def on_the_way() -> QuerySet[Mailing]:
    """Mailings that are going out, newest first."""
    going = Mailing.objects.filter(state__in=LEAVING)
    return going.order_by("-pk")[:FEW]


def unapproved() -> QuerySet[Mailing]:
    """Drafts, the one that was worked on last on top."""
    return Mailing.objects.filter(state=MailingState.DRAFT).order_by("-updated_at")[:FEW]


def unplanned() -> QuerySet[Mailing]:
    """Approved mailings without a time."""
    return Mailing.objects.filter(state=MailingState.APPROVED).order_by("-updated_at")[:FEW]


def unsure() -> list[tuple[int, str, int]]:
    """(mailing, its name, mails that may or may not have arrived)."""
    doubtful = Delivery.objects.filter(state=DeliveryState.UNSURE, mailing__isnull=False)
    rows = doubtful.order_by().values_list("mailing", "mailing__name").annotate(rows=Count("pk"))
    return list(rows.order_by("-mailing")[:FEW])


def imports() -> QuerySet[ImportJob]:
    """Imports that wait for a person, newest first."""
    return ImportJob.objects.filter(state__in=WAITING_IMPORTS).order_by("-pk")[:FEW]
