"""What the mailing pages show: sentences, tiles and bars out of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters import local_times
from newsletters.compose.fields import PERSONAL
from newsletters.errors import SegmentRefused, TookTooLong
from newsletters.local_times import Moment
from newsletters.models import Mailing, MailingText
from newsletters.selectors import audience as audience_of
from newsletters.selectors import mailings as selector
from newsletters.selectors import reports, segment_counts, segment_words, sender_domains
from newsletters.selectors.audience import Audience
from newsletters.selectors.reports import Progress
from newsletters.selectors.segment_counts import QUICK_S
from newsletters.services import pacing, versions
from newsletters.services.pacing import Pace
from newsletters.staff import pace_words, tracking_words
from newsletters.staff.composer import Composer
from newsletters.states import Clock, DeliveryState, DoubtPolicy, MailingState

STARTED = frozenset(
    {
        MailingState.EXPANDING,
        MailingState.SENDING,
        MailingState.PAUSED,
        MailingState.SENT,
        MailingState.CANCELLED,
    }
)
OVER = frozenset({MailingState.SENT, MailingState.CANCELLED})
PREVIEW_DAY = "l j F Y, H:i"


@dataclass(frozen=True)
class Count:
    """How many people, or why that cannot be said."""

    people: int = 0
    refused: str = ""
    # It took longer than the page could wait; ``is_over``: even when it waited long.
    is_slow: bool = False
    is_over: bool = False
    about: int | None = None


def is_report(mailing: Mailing) -> bool:
    """True once it was started, or planned and missed."""
    return mailing.state in STARTED


def text_of(mailing: Mailing, language: str) -> MailingText:
    """The text in ``language``, empty when there is none yet. 404 for an unknown language."""
    if language not in dict(selector.languages()) and language != mailing.default_language:
        raise Http404
    found = mailing.texts.filter(language=language).first()
    return found or MailingText(mailing=mailing, language=language, blocks=[])


def composing(mailing: Mailing, language: str, composer: Composer) -> dict[str, Any]:
    """For the composer's page."""
    written = set(mailing.texts.values_list("language", flat=True))
    return {
        "mailing": mailing,
        "composer": composer,
        "form": composer.form,
        "language": language,
        "language_name": selector.language_name(language),
        "written": [(code, selector.language_name(code)) for code in sorted(written | {language})],
        "unwritten": [pair for pair in selector.languages() if pair[0] not in written | {language}],
        "can_remove": language in written and language != mailing.default_language,
        "fields": [f"{{{{ {name} }}}}" for name in PERSONAL if name != "email"],
    }


def anchor(composer: Composer, button: str) -> str:
    """Where the page opens after a button: at the block it was about."""
    act, _colon, what = button.partition(":")
    if act == "add":
        return f"#block-{len(composer.rows)}"
    if act in {"up", "down", "remove"} and composer.rows:
        return f"#block-{composer.number_of(what) + 1}"
    return ""


def after_text(mailing: Mailing) -> str:
    """The step that follows the text."""
    name = "staff:mailing_audience" if mailing.state == MailingState.DRAFT else "staff:mailing"
    return reverse(name, args=[mailing.pk])


def lists_of(mailing: Mailing) -> dict[str, list[int]]:
    """The chosen lists, for the audience form."""
    found = audience_of.of(mailing)
    return {"lists": list(found.lists), "excluded": list(found.excluded)}


def count(chosen: Audience, seconds: float = QUICK_S) -> Count:
    """How many people that is now; a rule that cannot be asked yet says why."""
    try:
        found = segment_counts.count_of(audience_of.people(chosen), seconds=seconds)
    except SegmentRefused as refused:
        return Count(refused=str(refused))
    if found.people is None:
        return Count(is_slow=True, is_over=found.is_final, about=found.about)
    return Count(found.people)


def audience(mailing: Mailing) -> dict[str, Any]:
    """Who gets it, in words and as a number."""
    rule = mailing.audience_rule
    return {
        "count": count(audience_of.of(mailing)),
        "lists": [row.name for row in mailing.lists.all()],
        "excluded": [row.name for row in mailing.excluded_lists.all()],
        "rule_words": segment_words.describe(rule) if rule else "",
    }


def schedule_of(mailing: Mailing) -> dict[str, str]:
    """What was typed the last time."""
    return {
        "when": mailing.scheduled_local,
        "zone": mailing.scheduled_zone or settings.TIME_ZONE,
    }


def plan_sentences(mailing: Mailing, moment: Moment, pace: Pace) -> list[str]:
    """What a schedule means: when it starts, and at which hours and how fast it goes on."""
    people = count(audience_of.of(mailing))
    if people.refused:
        return [people.refused]
    begin = _on_their_clocks(mailing, moment) if pace.clock == Clock.READER else _at(moment)
    return [
        f"{begin} {moment.note}".strip(),
        *pace_words.sentences(pace, people.about if people.is_slow else people.people),
    ]


def _at(moment: Moment) -> str:
    words = {"when": _local(moment.at, moment.zone), "zone": moment.zone}
    return _("It starts on %(when)s (%(zone)s).") % words


def _on_their_clocks(mailing: Mailing, moment: Moment) -> str:
    """When it starts for the reader who wakes first, if that is known in time."""
    words = {"when": _local(moment.at, moment.zone), "zone": moment.zone}
    try:
        first, zone = pacing.first_morning(mailing, moment, seconds=QUICK_S)
    except TookTooLong:
        return _("Each reader gets it on %(when)s of her own clock.") % words
    words |= {"first": _local(first, moment.zone), "place": zone}
    return (
        _(
            "Each reader gets it on %(when)s of her own clock. The first mails leave on %(first)s "
            "(%(zone)s), for %(place)s."
        )
        % words
    )


def review(mailing: Mailing) -> dict[str, Any]:
    """Before it is sent: what is ready, what is missing, what comes next."""
    found: dict[str, Any] = {"mailing": mailing, **audience(mailing)}
    found["subjects"] = [
        (selector.language_name(text.language), text.language, text.subject)
        for text in mailing.texts.order_by("language")
    ]
    found["sender"] = versions.sender_of(mailing)
    found["counted"] = tracking_words.counted(mailing)
    found["is_left_unsigned"] = sender_domains.is_left_unsigned(versions.sender_line(mailing))
    if mailing.state == MailingState.DRAFT:
        found["objections"] = versions.objections(mailing)
    if mailing.state == MailingState.SCHEDULED and mailing.scheduled_at:
        zone = mailing.scheduled_zone or settings.TIME_ZONE
        moment = Moment(mailing.scheduled_at, mailing.scheduled_local, zone)
        if mailing.scheduled_local:
            moment = local_times.read(datetime.fromisoformat(mailing.scheduled_local), zone)
        found["sentences"] = plan_sentences(mailing, moment, pace_words.of(mailing))
    return found


def report(mailing: Mailing) -> dict[str, Any]:
    """The report: live figures, causes, versions, who left, what is unsure."""
    now = reports.progress(mailing)
    found = {
        "mailing": mailing,
        **figures(mailing, now),
        "causes": now.causes,
        "versions": reports.versions(mailing),
        "left": reports.left_since(mailing),
        "reading": tracking_words.reading(mailing, now.of(DeliveryState.ACCEPTED)),
        "unsure_sentence": unsure_sentence(mailing, now),
        "is_proved": now.is_proved,
        "is_edited": False,
    }
    if mailing.state == MailingState.PAUSED and mailing.started_at:
        found["is_edited"] = versions.is_edited(mailing)
    return found


def figures(mailing: Mailing, now: Progress) -> dict[str, Any]:
    """What the page asks for again and again while it runs."""
    return {
        "mailing": mailing,
        "progress": now,
        "tiles": _tiles(mailing, now),
        "parts": _parts(now),
        "sentence": _sentence(mailing, now),
        "is_over": mailing.state in OVER,
    }


def unsure_sentence(mailing: Mailing, now: Progress) -> str:
    """What happens to the doubtful rows if nobody decides."""
    if not now.of(DeliveryState.UNSURE):
        return ""
    if mailing.doubt_policy == DoubtPolicy.HOLD or mailing.state == MailingState.CANCELLED:
        return _("They get nothing more until you decide.")
    again = reports.next_repeat(mailing)
    if again is None:
        return _("They were sent once more already; now they wait for you.")
    return _("They get it once more at %(time)s, unless you decide otherwise.") % {
        "time": formats.date_format(timezone.localtime(again), "H:i")
    }


def _tiles(mailing: Mailing, now: Progress) -> list[dict[str, Any]]:
    people = reverse("staff:mailing_people", args=[mailing.pk])
    shown = (
        (_("accepted"), now.of(DeliveryState.ACCEPTED), "good", "accepted"),
        (_("still to go"), now.to_go, "", "ready"),
        (_("refused"), now.of(DeliveryState.REFUSED), "bad", "refused"),
        (_("skipped"), now.of(DeliveryState.SKIPPED), "mute", "skipped"),
        (_("unsure"), now.of(DeliveryState.UNSURE), "warn", "unsure"),
        (_("cancelled"), now.of(DeliveryState.CANCELLED), "mute", "cancelled"),
    )
    return [
        {
            "label": label,
            "value": value,
            "tone": tone if value else "",
            "url": f"{people}?state={key}" if value else "",
        }
        for label, value, tone, key in shown
        if value or key in {"accepted", "ready", "refused"}
    ]


def _parts(now: Progress) -> list[tuple[str, int, str]]:
    return [
        (_("accepted"), now.of(DeliveryState.ACCEPTED), "good"),
        (_("refused"), now.of(DeliveryState.REFUSED), "bad"),
        (_("unsure"), now.of(DeliveryState.UNSURE), "warn"),
        (
            _("skipped or cancelled"),
            now.of(DeliveryState.SKIPPED) + now.of(DeliveryState.CANCELLED),
            "mute",
        ),
        (_("still to go"), now.to_go, "rest"),
    ]


def _sentence(mailing: Mailing, now: Progress) -> str:
    if mailing.state == MailingState.EXPANDING:
        return _(
            "The list of people is being made: %(count)s so far, %(sent)s of them have their mail."
        ) % {
            "count": formats.number_format(now.rows, force_grouping=True),
            "sent": formats.number_format(now.of(DeliveryState.ACCEPTED), force_grouping=True),
        }
    if mailing.state == MailingState.SENDING:
        return " · ".join(_sending_facts(mailing, now))
    if mailing.state == MailingState.PAUSED:
        return _("Paused. Nothing leaves until somebody resumes it.")
    ended = formats.date_format(
        timezone.localtime(mailing.finished_at or timezone.now()), "j F Y, H:i"
    )
    if mailing.state == MailingState.CANCELLED:
        return _("Cancelled on %(when)s. Nothing more of it leaves.") % {"when": ended}
    return _("Finished on %(when)s.") % {"when": ended}


def _sending_facts(mailing: Mailing, now: Progress) -> list[str]:
    facts = pace_words.waits(mailing)
    if mailing.started_at:
        began = formats.date_format(timezone.localtime(mailing.started_at), "H:i")
        facts.append(_("Started %(time)s") % {"time": began})
    facts.append(
        _("%(count)s in the last minute")
        % {"count": formats.number_format(now.last_minute, force_grouping=True)}
    )
    if now.minutes_left:
        facts.append(
            ngettext(
                "about %(count)d minute left", "about %(count)d minutes left", now.minutes_left
            )
            % {"count": now.minutes_left}
        )
    if now.retrying:
        facts.append(
            ngettext(
                "%(count)d mailbox asked us to come back later",
                "%(count)d mailboxes asked us to come back later",
                now.retrying,
            )
            % {"count": now.retrying}
        )
    return facts


def _local(at: datetime, zone: str) -> str:
    return formats.date_format(local_times.show(at, zone), PREVIEW_DAY)
