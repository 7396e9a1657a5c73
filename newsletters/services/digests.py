"""Digests: planned, and each issue assembled once when its hour has come."""

from dataclasses import dataclass, fields
from datetime import datetime

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters import local_times
from newsletters.compose import digest as compose
from newsletters.errors import DigestRefused, MailingRefused
from newsletters.models import (
    Digest,
    DigestFrequency,
    DigestIssue,
    DigestRead,
    Mailing,
    MailingList,
    MailingVersion,
)
from newsletters.selectors import digests as selectors
from newsletters.selectors.digest_hours import last_hour
from newsletters.services import mailings, versions
from newsletters.services.outgoing import AUTOMATIC
from newsletters.states import IssueState, MailingKind, MailingState

log = structlog.get_logger("newsletters.digests")

MAX_REASON = 200
TIMING = ("frequency", "weekday", "hour", "time_zone")


@dataclass(frozen=True)
class Plan:
    """What staff decide about a digest. Monday is 0; the hour is on the clocks of ``time_zone``."""

    name: str
    mailing_list: MailingList
    frequency: str = DigestFrequency.WEEKLY
    weekday: int = 4
    hour: int = 9
    time_zone: str = "UTC"
    language: str = "en"
    is_automatic: bool = False
    is_active: bool = True


# The standing order -------------------------------------------------------------------
@transaction.atomic
def create(*, plan: Plan, by: User) -> Digest:
    """A new digest that begins now: what is public already is never in it.

    Raises DigestRefused for a time that no clock shows, and when ``by`` may
    not let mail go out without asking.
    """
    _check(plan, by)
    now = timezone.now()
    digest = Digest.objects.create(covered_until=now, planned_from=now, **_fields(plan))
    public = selectors.public_items(now - selectors.LOOK_BACK, now)
    if public:
        DigestIssue.objects.create(
            digest=digest,
            period_start=now,
            period_end=now,
            state=IssueState.SKIPPED,
            reason=_("The digest begins here."),
            items=public,
        )
    return digest


@transaction.atomic
def change(*, digest: Digest, plan: Plan, by: User) -> Digest:
    """Keep a new plan. Issues that are made already stay as they are. Raises DigestRefused.

    A new time, and taking it up again, count from now: nothing goes out at once.
    """
    _check(plan, by)
    was = Digest.objects.select_for_update().get(pk=digest.pk)
    moved = any(getattr(was, name) != getattr(plan, name) for name in TIMING)
    changes = _fields(plan)
    if moved or (plan.is_active and not was.is_active):
        changes["planned_from"] = timezone.now()
    Digest.objects.filter(pk=digest.pk).update(**changes)
    digest.refresh_from_db()
    return digest


# Issues ---------------------------------------------------------------------------------
def issue_due(*, now: datetime | None = None) -> int:
    """Make the issue of every running digest whose hour has come. Returns how many were made.

    Of any number of schedulers one makes it. After a long sleep one issue
    covers everything. Nothing new: SKIPPED, with the reason in words.
    """
    _follow_mailings()
    now = now or timezone.now()
    return sum(_issue(digest, now) for digest in Digest.objects.filter(is_active=True))


@transaction.atomic
def approve(*, issue: DigestIssue, by: User) -> None:
    """DRAFT → QUEUED: its mailing is approved and goes out now. Raises MailingRefused."""
    mailing = _mailing(issue)
    mailings.approve(mailing=mailing, by=by)
    mailings.send_now(mailing=mailing, by=by)
    _move(issue, IssueState.QUEUED, reason="")


@transaction.atomic
def skip(*, issue: DigestIssue, by: User) -> None:
    """DRAFT → SKIPPED: its mailing is cancelled, its items come with the next issue.

    Raises MailingRefused when it is on its way already.
    """
    mailings.drop(mailing=_mailing(issue), by=by)
    _move(issue, IssueState.SKIPPED, reason=_("Left out by an organiser."))
    log.info("digest_left_out", issue=issue.pk, by=by.pk)


def past_reads() -> QuerySet[DigestRead]:
    """Who was given what is too old to come in any digest again."""
    oldest = Digest.objects.aggregate(oldest=Min("covered_until"))["oldest"]
    if oldest is None:
        return DigestRead.objects.none()
    past = DigestIssue.objects.filter(period_end__lte=oldest - selectors.LOOK_BACK)
    return DigestRead.objects.filter(issue__in=past)


def forget_reads() -> int:
    """Forget who was given what is too old to come in any digest again. Returns how many."""
    return past_reads().delete()[0]


@transaction.atomic
def _issue(digest: Digest, now: datetime) -> bool:
    end = last_hour(digest, now)
    if end <= max(digest.covered_until, digest.planned_from):
        return False
    held = Digest.objects.filter(pk=digest.pk, covered_until=digest.covered_until)
    if held.update(covered_until=end) != 1:
        return False
    issue = DigestIssue(
        digest=digest,
        period_start=digest.covered_until,
        period_end=end,
        state=IssueState.DRAFT,
        items=selectors.new_items(digest, end),
    )
    if issue.items:
        _assemble(issue)
    else:
        issue.state = IssueState.SKIPPED
        issue.reason = _nothing_new(issue)
        issue.save()
    log.info("digest_issued", issue=issue.pk, state=issue.state, items=len(issue.items))
    return True


def _assemble(issue: DigestIssue) -> None:
    """Give the issue its mailing; an automatic one is approved and planned for now."""
    digest = issue.digest
    languages = [item["language"] for item in issue.items]
    language = digest.language if digest.language in languages else languages[0]
    with translation.override(language):
        name = compose.headline(issue)
    issue.mailing = Mailing.objects.create(
        kind=MailingKind.DIGEST,
        name=name,
        sender_name=digest.mailing_list.sender_name,
        default_language=language,
    )
    issue.mailing.lists.set([digest.mailing_list])
    issue.save()
    if digest.is_automatic:
        _send_unasked(issue)


def _send_unasked(issue: DigestIssue) -> None:
    """DRAFT → QUEUED without a person; with the reason on it, it waits when it cannot go."""
    mailing = _mailing(issue)
    try:
        with transaction.atomic():
            mailings.move(mailing, MailingState.DRAFT, MailingState.APPROVED)
            version = versions.freeze(mailing)
            MailingVersion.objects.filter(pk=version.pk).update(headers=AUTOMATIC)
            mailings.move(
                mailing,
                MailingState.APPROVED,
                MailingState.SCHEDULED,
                scheduled_at=timezone.now(),
            )
            _move(issue, IssueState.QUEUED, reason="")
    except MailingRefused as error:
        mailing.refresh_from_db()
        _move(issue, IssueState.DRAFT, reason=str(error)[:MAX_REASON])


def _follow_mailings() -> None:
    """An issue whose mailing was moved on the mailing's own page follows it."""
    handed_over = DigestIssue.objects.filter(state=IssueState.QUEUED)
    handed_over.filter(mailing__state=MailingState.DRAFT).update(state=IssueState.DRAFT)
    waiting = DigestIssue.objects.filter(state=IssueState.DRAFT)
    waiting.filter(mailing__state=MailingState.CANCELLED).update(
        state=IssueState.SKIPPED, reason=_("Its mailing was cancelled.")
    )
    waiting.filter(mailing__isnull=False).exclude(mailing__state=MailingState.DRAFT).update(
        state=IssueState.QUEUED, reason=""
    )


def _move(issue: DigestIssue, new: IssueState, *, reason: str) -> bool:
    """DRAFT → ``new``, if the issue still waits. Tells whether this call made it."""
    rows = DigestIssue.objects.filter(pk=issue.pk, state=IssueState.DRAFT)
    if rows.update(state=new, reason=reason) != 1:
        return False
    issue.refresh_from_db()
    return True


def _mailing(issue: DigestIssue) -> Mailing:
    if issue.mailing is None:
        raise MailingRefused("gone", _("This issue has no mailing any more."))
    return issue.mailing


def _nothing_new(issue: DigestIssue) -> str:
    zone = issue.digest.time_zone
    return _("Nothing new was published between %(start)s and %(end)s.") % {
        "start": date_format(local_times.show(issue.period_start, zone), "j F, H:i"),
        "end": date_format(local_times.show(issue.period_end, zone), "j F, H:i"),
    }


# What was typed -------------------------------------------------------------------------
def _check(plan: Plan, by: User) -> None:
    if plan.is_automatic and not by.has_perm(mailings.APPROVE):
        raise DigestRefused(
            "is_automatic",
            _("Only somebody who may approve mailings can keep a digest that goes out by itself."),
        )
    if plan.time_zone not in local_times.zones():
        raise DigestRefused("time_zone", _("Choose one of the time zones offered."))
    if not (0 <= plan.weekday <= 6 and 0 <= plan.hour <= 23):
        raise DigestRefused("hour", _("Choose a weekday, and an hour from 0 to 23."))
    if plan.language not in settings.CONTENT_LANGUAGES:
        raise DigestRefused("language", _("Choose one of the languages offered."))


def _fields(plan: Plan) -> dict[str, object]:
    # Not dataclasses.asdict: it would copy the list's row.
    return {field.name: getattr(plan, field.name) for field in fields(plan)}
