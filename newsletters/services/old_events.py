"""What was heard of mails, when it need not be known any more: first the hour, then who."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from newsletters.compose import counting
from newsletters.models import DeliveryEvent, Mailing, TrackedLink
from newsletters.states import Heard, MailingState
from worker.stopping import stopping

DAY = timedelta(days=1)
KEPT = timedelta(days=90)
CHUNK = 5_000


def ended_before(moment: datetime) -> Q:
    """Mailings that had ended at ``moment``, or begun before it if they never end."""
    return Q(finished_at__lt=moment) | Q(finished_at=None, started_at__lt=moment)


def past_moments() -> int:
    """How many are known to the second after more than a day."""
    return sum(rows.count() for _day, rows in _by_day())


def forget_moments() -> int:
    """Keep the day alone (UTC) of what was heard more than a day ago. Returns how many rows."""
    forgotten = 0
    for day, rows in _by_day():
        while not stopping.is_set():
            chunk = list(rows.values_list("pk", flat=True)[:CHUNK])
            if not chunk:
                break
            forgotten += rows.filter(pk__in=chunk).update(happened_at=day)
    return forgotten


def past() -> QuerySet[DeliveryEvent]:
    """What was heard of mailings that ended 90 days ago."""
    return DeliveryEvent.objects.filter(mailing__in=_over().values("pk"))


def forget() -> int:
    """Keep of mailings that ended 90 days ago only how many people it was. Returns how many rows.

    Sums and rows change in one transaction for each chunk, and no person is in two
    chunks of a kind; stopped on the way, the next run goes on.
    """
    forgotten = 0
    heard = DeliveryEvent.objects.filter(mailing=OuterRef("pk"))
    for mailing in list(_over().filter(Exists(heard)).order_by("pk").only("pk")):
        for kind in Heard:
            while not stopping.is_set() and (done := _sum_up(mailing, kind)):
                forgotten += done
    return forgotten


def sensitive() -> QuerySet[DeliveryEvent]:
    """What was heard of mailings to a list, or about somebody, that became sensitive since."""
    return DeliveryEvent.objects.filter(mailing__in=_sensitive())


@transaction.atomic
def forget_sensitive() -> int:
    """Delete it, and count no more of these mailings. Returns how many rows.

    They stay uncounted should list or case be made ordinary again: nobody could say then
    who had not read them.
    """
    mailings = _sensitive()
    forgotten, _kinds = DeliveryEvent.objects.filter(mailing__in=mailings).delete()
    Mailing.objects.filter(pk__in=mailings).update(counts_opens=False, counts_clicks=False)
    return forgotten


def _sensitive() -> list[int]:
    """Counted mailings that must not be; drafts are told so when they are to be approved."""
    is_counted = Q(counts_opens=True) | Q(counts_clicks=True)
    # Something was noted at the moment when the counting ended.
    was_counted = Exists(DeliveryEvent.objects.filter(mailing=OuterRef("pk")))
    mailings = Mailing.objects.order_by().filter(
        (is_counted & ~Q(state=MailingState.DRAFT)) | was_counted
    )
    # What is older is forgotten for its age.
    mailings = mailings.exclude(ended_before(timezone.now() - KEPT))
    to_list = mailings.filter(lists__is_sensitive=True).values_list("pk", flat=True)
    links = TrackedLink.objects.filter(mailing__in=mailings).values_list("mailing", "url")
    about = {mailing for mailing, url in links.iterator() if counting.is_sensitive(url)}
    return [*about.union(to_list)]


def _over() -> QuerySet[Mailing]:
    return Mailing.objects.order_by().filter(ended_before(timezone.now() - KEPT))


def _by_day() -> Iterator[tuple[datetime, QuerySet[DeliveryEvent]]]:
    """Each day with its rows that know more than the day, found without reading the others."""
    until = timezone.now() - DAY
    first = DeliveryEvent.objects.filter(happened_at__lt=until).order_by("happened_at").first()
    if first is None:
        return
    day = datetime.combine(first.happened_at.astimezone(UTC), time.min, UTC)
    while day < until:
        end = min(day + DAY, until)
        yield day, DeliveryEvent.objects.filter(happened_at__gt=day, happened_at__lt=end)
        day += DAY


@transaction.atomic
def _sum_up(mailing: Mailing, kind: Heard) -> int:
    # Two at once would count somebody twice.
    held = Mailing.objects.select_for_update(no_key=True).filter(pk=mailing.pk)
    held.get()
    rows = DeliveryEvent.objects.filter(mailing=mailing, kind=kind).order_by("contact")
    last = list(rows.values_list("contact", flat=True)[CHUNK - 1 : CHUNK])
    chunk = rows.filter(contact__lte=last[0]) if last else rows
    people = chunk.order_by().filter(by_machine=False)
    column = "opened_total" if kind == Heard.OPENED else "clicked_total"
    held.update(**{column: F(column) + people.aggregate(n=Count("contact", distinct=True))["n"]})
    if kind == Heard.CLICKED:
        by_link = people.values_list("link").annotate(n=Count("contact", distinct=True))
        for link, number in by_link:
            TrackedLink.objects.filter(pk=link).update(clicked_total=F("clicked_total") + number)
    return chunk.order_by().delete()[0]
