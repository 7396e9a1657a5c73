"""What needs somebody now: sentences with one next step each, for the staff's first page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import calendar
from campaigns.selectors import actions
from campaigns.selectors import attention as campaign_attention
from newsletters.selectors import attention as post_attention
from newsletters.services import pulse
from newsletters.states import ImportState, MailingKind
from petitions.selectors import attention as petition_attention
from petitions.selectors import petitions

SILENCE = timedelta(minutes=5)
DAYS = 14
# The drawing of the last days, in its own units.
HEIGHT, SLOT, BAR = 100, 40, 15


@dataclass(frozen=True)
class Notice:
    """One sentence and the next step. ``tone`` as in the look: bad, warn, good, info."""

    sentence: str
    step: str = ""
    url: str = ""
    tone: str = "info"


@dataclass(frozen=True)
class Bar:
    """One column of the drawing: a day, two numbers and where they stand."""

    day: date
    signatures: int
    letters: int
    place: int
    signatures_height: int
    letters_height: int

    @property
    def beside(self) -> int:
        """Where the second bar begins."""
        return self.place + BAR + 2

    @property
    def signatures_top(self) -> int:
        """SVG counts downwards."""
        return HEIGHT - self.signatures_height

    @property
    def letters_top(self) -> int:
        """SVG counts downwards."""
        return HEIGHT - self.letters_height


def alarm() -> str:
    """A sentence when no worker has answered for five minutes; empty when all is well."""
    # Right after a start the worker's last answer is from before the pause.
    signs = [sign for sign in (pulse.last("worker"), pulse.last("start")) if sign]
    if not signs:
        return _("The worker has never answered. Mail waits until it runs.")
    silent = timezone.now() - max(signs)
    if silent < SILENCE:
        return ""
    minutes = int(silent.total_seconds() // 60)
    return ngettext(
        "The worker has not answered for %(minutes)d minute. Mail waits, nothing is lost.",
        "The worker has not answered for %(minutes)d minutes. Mail waits, nothing is lost.",
        minutes,
    ) % {"minutes": minutes}


def notices(user: User | AbstractBaseUser | AnonymousUser) -> list[Notice]:
    """Everything ``user`` may see and do something about, what presses most on top."""
    allowed: tuple[tuple[str, Callable[[], Iterator[Notice]]], ...] = (
        ("newsletters.view_mailing", _mailings),
        ("campaigns.change_urgentaction", _actions),
        ("campaigns.change_event", _events),
        ("petitions.change_petition", _petitions),
        ("newsletters.add_importjob", _imports),
        ("newsletters.view_mailing", _drafts),
    )
    may = getattr(user, "has_perm", lambda _permission: False)
    return [notice for permission, found in allowed if may(permission) for notice in found()]


def last_days() -> list[Bar]:
    """Signatures and letters of the last fourteen days, the oldest first (two queries)."""
    today = timezone.now().date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    since = datetime.combine(days[0], time(), tzinfo=timezone.get_default_timezone())
    signed = petition_attention.signatures_by_day(since)
    written = campaign_attention.letters_by_day(since)
    most = max([1, *signed.values(), *written.values()])
    return [
        Bar(
            day=day,
            signatures=signed.get(day, 0),
            letters=written.get(day, 0),
            place=number * SLOT,
            signatures_height=signed.get(day, 0) * HEIGHT // most,
            letters_height=written.get(day, 0) * HEIGHT // most,
        )
        for number, day in enumerate(days)
    ]


def _mailings() -> Iterator[Notice]:
    for pk, name, rows in post_attention.unsure():
        sentence = ngettext(
            "“%(name)s”: %(rows)d mail may or may not have arrived.",
            "“%(name)s”: %(rows)d mails may or may not have arrived.",
            rows,
        ) % {"name": name, "rows": rows}
        yield Notice(sentence, _("Decide"), reverse("staff:mailing_unsure", args=[pk]), "warn")
    for mailing in post_attention.held():
        sentence = _("“%(name)s” is paused. %(reason)s") % {
            "name": mailing.name,
            "reason": mailing.pause_reason,
        }
        yield Notice(sentence.strip(), _("Look at it"), _mailing_url(mailing.pk), "warn")
    for mailing in post_attention.on_the_way():
        sentence = _("“%(name)s” is going out.") % {"name": mailing.name}
        yield Notice(sentence, _("Watch it"), _mailing_url(mailing.pk), "good")


def _drafts() -> Iterator[Notice]:
    for mailing in post_attention.unplanned():
        sentence = _("“%(name)s” is approved and has no time yet.") % {"name": mailing.name}
        yield Notice(sentence, _("Choose when it goes"), _mailing_url(mailing.pk))
    for mailing in post_attention.unapproved():
        waits = mailing.kind == MailingKind.DIGEST
        sentence = (
            _("The digest “%(name)s” waits for approval.")
            if waits
            else _("“%(name)s” is a draft, and goes to nobody before it is approved.")
        ) % {"name": mailing.name}
        step = _("Read and approve") if waits else _("Go on with it")
        yield Notice(sentence, step, _mailing_url(mailing.pk), "warn" if waits else "info")


def _actions() -> Iterator[Notice]:
    for action in campaign_attention.ending():
        days = actions.days_left(action)
        ends = (
            ngettext("%(days)d day is left", "%(days)d days are left", days) % {"days": days}
            if days
            else _("Today is the last day")
        )
        letters = ngettext("%(n)d letter so far", "%(n)d letters so far", action.letters_total)
        sentence = _("“%(title)s”: %(ends)s, %(letters)s.") % {
            "title": action.title,
            "ends": ends,
            "letters": letters % {"n": action.letters_total},
        }
        yield Notice(sentence, _("Look at it"), _action_url(action.pk), "warn")
    for action in campaign_attention.without_outcome():
        sentence = _("“%(title)s” is over, and supporters do not know what came of it.")
        yield Notice(sentence % {"title": action.title}, _("Tell them"), _action_url(action.pk))


def _events() -> Iterator[Notice]:
    for event, coming in campaign_attention.gatherings():
        sentence = ngettext(
            "“%(title)s” is %(day)s; %(coming)d person comes.",
            "“%(title)s” is %(day)s; %(coming)d people come.",
            coming,
        ) % {"title": event.title, "day": calendar.in_how_many_days(event), "coming": coming}
        yield Notice(sentence, _("Look at it"), reverse("staff:event", args=[event.pk]), "good")


def _petitions() -> Iterator[Notice]:
    for petition in petition_attention.near_goal():
        steps = petitions.progress(petition)
        sentence = ngettext(
            "“%(title)s” lacks %(left)d signature to %(goal)d.",
            "“%(title)s” lacks %(left)d signatures to %(goal)d.",
            steps.to_go,
        ) % {"title": petitions.headline(petition), "left": steps.to_go, "goal": steps.goal}
        yield Notice(
            sentence, _("Look at it"), reverse("staff:petition", args=[petition.pk]), "good"
        )
    for petition in petition_attention.ending():
        days = petitions.days_left(petition) or 1
        sentence = ngettext(
            "“%(title)s” closes in %(days)d day.", "“%(title)s” closes in %(days)d days.", days
        ) % {"title": petitions.headline(petition), "days": days}
        yield Notice(
            sentence, _("Look at it"), reverse("staff:petition", args=[petition.pk]), "warn"
        )


def _imports() -> Iterator[Notice]:
    for job in post_attention.imports():
        if job.state == ImportState.CHECKED:
            sentence = _("The import “%(name)s” is checked. Nothing is written before you say so.")
            step, page = _("See what would happen"), "staff:import_report"
        else:
            sentence = _("The import “%(name)s” waits for its columns.")
            step, page = _("Map the columns"), "staff:import_map"
        yield Notice(sentence % {"name": job.file_name}, step, reverse(page, args=[job.pk]))


def _mailing_url(pk: int) -> str:
    return reverse("staff:mailing", args=[pk])


def _action_url(pk: int) -> str:
    return reverse("staff:action", args=[pk])
