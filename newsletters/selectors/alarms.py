"""What is wrong with sending just now, in words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from newsletters.models import Alarm, Mailing
from newsletters.states import AlarmKind

FEW = 5
# What to do about it.
STEPS = {
    AlarmKind.UNPROVED: _("Do not send it again. Ask whoever runs this installation to look."),
    AlarmKind.TRANSPORT: _("Ask whoever runs this installation to look at the mail server."),
    AlarmKind.DKIM_RECORD: _("Ask whoever looks after the domain to put the record right."),
    AlarmKind.DKIM_FILE: _("Ask whoever runs this installation to bring the key file back."),
    AlarmKind.REFUSALS: _("Read why they were refused, then mend the text and go on, or cancel."),
    AlarmKind.STORM: _("Ask that mail provider, or wait a day and look again."),
    AlarmKind.RESTORED: _(
        "Open each of them before it goes on. Who signed, left or was written to after the "
        "backup is not known here."
    ),
}


@dataclass(frozen=True)
class OpenAlarm:
    """One trouble: what is wrong, what to do, and the mailing it is about, if it is."""

    key: str
    sentence: str
    step: str
    raised_at: datetime
    mailing: int | None


def open_() -> list[OpenAlarm]:
    """The oldest few alarms that are not over (one query; two when one is about a mailing)."""
    alarms = list(Alarm.objects.filter(kind__in=AlarmKind.values).order_by("raised_at", "pk")[:FEW])
    names = _names(alarms)
    return [_in_words(alarm, names) for alarm in alarms]


def mailings(kind: AlarmKind) -> set[int]:
    """The mailings that alarms of ``kind`` are about."""
    details = Alarm.objects.filter(kind=kind).values_list("details", flat=True)
    return {found["mailing"] for found in details if "mailing" in found}


def _names(alarms: Iterable[Alarm]) -> dict[int, str]:
    mailings = {alarm.details["mailing"] for alarm in alarms if "mailing" in alarm.details}
    if not mailings:
        return {}
    return dict(Mailing.objects.filter(pk__in=mailings).values_list("pk", "name"))


def _in_words(alarm: Alarm, names: dict[int, str]) -> OpenAlarm:
    kind = AlarmKind(alarm.kind)
    mailing = alarm.details.get("mailing")
    # A row of an older program may lack what the sentence asks for today.
    said = defaultdict(lambda: "?", alarm.details)
    if mailing is not None:
        said["mailing"] = names.get(mailing, str(mailing))
    return OpenAlarm(
        key=alarm.key,
        sentence=str(kind.label) % said,
        step=str(STEPS[kind]),
        raised_at=alarm.raised_at,
        mailing=mailing if mailing in names else None,
    )
