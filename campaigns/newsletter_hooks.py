"""What campaigns bring into newsletters: news for a digest, what to forget, dead mailboxes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import linebreaks
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import calendar, mails
from campaigns.models import Article, Event, Letter, Rsvp
from campaigns.selectors import actions as action_selectors
from campaigns.selectors import articles as selectors
from campaigns.selectors import cases as case_selectors
from campaigns.selectors import events as event_selectors
from campaigns.selectors import letters as letter_selectors
from campaigns.services import letters, rsvp_retention, targets
from campaigns.states import EventState, LetterState, RsvpState
from newsletters.ports import DigestItem, Moment, Question, Rule, Takes
from newsletters.sanitise import excerpt
from newsletters.selectors.held import Country, Language
from newsletters.selectors.segment_addresses import by_any_address
from newsletters.selectors.segment_values import row_id, since

MAX_ITEMS = 50
MAX_MOMENTS = 50
MAX_CHOICES = 300


class RecentArticles:
    """Digest section: the articles of the period."""

    name = "articles"
    label = _("News")

    def items(self, since: datetime, until: datetime) -> list[DigestItem]:
        """What became public in ``[since, until)``, newest first, at most 50."""
        return [_item(article) for article in selectors.published_between(since, until)[:MAX_ITEMS]]


def _item(article: Article) -> DigestItem:
    published_at = article.published_at
    return DigestItem(
        key=f"article:{article.pk}",
        title=article.title,
        url=f"{settings.SITE_URL}{article.get_absolute_url()}",
        summary=excerpt(article.excerpt or article.body),
        language=article.language,
        topics=[category.slug for category in article.categories.all()],
        published_at=published_at.isoformat() if published_at else "",
    )


RECENT_ARTICLES = RecentArticles()


class UpcomingEvents:
    """Digest section: the events that were announced in the period and are still to come."""

    name = "events"
    label = _("Events")

    def items(self, since: datetime, until: datetime) -> list[DigestItem]:
        """What became public in ``[since, until)``, newest first, at most 50."""
        rows = event_selectors.announced_between(since, until)
        return [_event_item(event) for event in rows[:MAX_ITEMS]]


def _event_item(event: Event) -> DigestItem:
    with translation.override(event.language):
        when = calendar.when(event)
    where = calendar.where(event, event_selectors.shown_place(event))
    announced_at = event.announced_at
    return DigestItem(
        key=f"event:{event.pk}",
        title=event.title,
        url=calendar.url(event),
        summary=f"{when}, {where}. {excerpt(linebreaks(event.summary, autoescape=True))}".strip(),
        language=event.language,
        published_at=announced_at.isoformat() if announced_at else "",
    )


UPCOMING_EVENTS = UpcomingEvents()


class Letters:
    """What supporters wrote: emptied 30 days after it left, told and erased when they ask."""

    name = "letters"
    label = _("Letters")

    def moments(self, keys: Sequence[str]) -> list[Moment]:
        """The newest fifty letters: to whom, and what became of each."""
        return [
            Moment(
                at=row.confirmed_at or row.created_at,
                words=gettext("Wrote to %(office)s about “%(action)s”: %(state)s")
                % {
                    "office": row.target,
                    "action": row.action.title,
                    "state": row.get_state_display(),
                },
                url=reverse("staff:action", args=[row.action_id]),
            )
            for row in letter_selectors.written_by(keys)[:MAX_MOMENTS]
        ]

    def held(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Every letter from these addresses, with its text while it is kept."""
        return [
            {
                gettext("To"): str(row.target),
                gettext("About"): row.action.title,
                gettext("State"): row.get_state_display(),
                gettext("Name"): row.name,
                gettext("Town"): row.town,
                gettext("Country"): Country(row.country),
                gettext("E-mail"): row.email,
                gettext("Subject"): row.subject,
                gettext("Text"): row.body,
                gettext("Written"): row.created_at.isoformat(),
            }
            for row in letter_selectors.written_by(keys).iterator(chunk_size=500)
        ]

    def erase(self, keys: Sequence[str]) -> int:
        """Nothing of the writer is left; letters that went stay in the totals."""
        return letters.erase(keys=keys)

    def rules(self) -> Sequence[Rule]:
        """What nobody confirmed is deleted, what was sent is emptied."""
        return (
            Rule(
                "letters_unconfirmed",
                _("Letters nobody confirmed"),
                _("14 days"),
                lambda: letters.unconfirmed().count(),
                letters.forget_unconfirmed,
            ),
            Rule(
                "letters",
                _("Texts and senders of letters; the letters still count"),
                _("30 days after the letter left"),
                lambda: letters.settled().count(),
                letters.forget_old,
            ),
        )


LETTERS = Letters()


class TargetMailbox:
    """A letter met "no such mailbox": nobody else writes into nothing."""

    def mailbox_missing(self, delivery: int, kind: str, address: str, code: str) -> None:
        """Take the target out of the forms."""
        if kind == mails.LETTER:
            targets.mark_dead(address=address, reason=f"{code}, delivery {delivery}")


TARGET_MAILBOX = TargetMailbox()


class SensitiveCases:
    """Who reads about a person at risk is noted nowhere."""

    def is_sensitive(self, path: str) -> bool:
        """True for the page of a sensitive case and everything about its urgent actions."""
        return case_selectors.is_sensitive_page(path)


SENSITIVE_CASES = SensitiveCases()


class WroteLetter:
    """Letters that went out for urgent actions, from any of the person's addresses."""

    name = "wrote_letter"
    label = _("Letters")
    operators = {
        "is": Question(_("has written a letter for …"), (Takes.CHOICE,)),
        "is_not": Question(_("has not written a letter for …"), (Takes.CHOICE,)),
        "within": Question(_("has written a letter in the last … days"), (Takes.DAYS,)),
        "ever": Question(_("has written a letter")),
        "never": Question(_("has never written a letter")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest actions that are or were public."""
        rows = action_selectors.public_actions().order_by("-pk")[:MAX_CHOICES]
        return [(str(row.pk), str(row)) for row in rows]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS; a letter keeps the key of its writer's address when it has been emptied."""
        rows = Letter.objects.filter(state=LetterState.CONFIRMED)
        if operator == "within":
            rows = rows.filter(confirmed_at__gte=since(values[0]))
        elif operator in {"is", "is_not"}:
            rows = rows.filter(action=row_id(values[0]))
        found = by_any_address(rows)
        return ~found if operator in {"is_not", "never"} else found


WROTE_LETTER = WroteLetter()


class Rsvps:
    """Who comes to events: emptied 30 days after them, told and erased when they ask."""

    name = "rsvps"
    label = _("Answers to events")

    def moments(self, keys: Sequence[str]) -> list[Moment]:
        """The newest fifty answers: to what, and what became of each."""
        return [
            Moment(
                at=row.confirmed_at or row.created_at,
                words=gettext("Answered to “%(event)s”: %(state)s")
                % {"event": row.event.title, "state": row.get_state_display()},
                url=reverse("staff:event", args=[row.event_id]),
            )
            for row in event_selectors.written_by(keys)[:MAX_MOMENTS]
        ]

    def held(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Every answer from these addresses."""
        return [
            {
                gettext("Event"): row.event.title,
                gettext("When"): calendar.when(row.event),
                gettext("State"): row.get_state_display(),
                gettext("Name"): row.name,
                gettext("E-mail"): row.email,
                gettext("Language"): Language(row.page_language),
                gettext("Answered"): row.created_at.isoformat(),
                gettext("Confirmed"): row.confirmed_at.isoformat() if row.confirmed_at else "",
            }
            for row in event_selectors.written_by(keys).iterator(chunk_size=500)
        ]

    def erase(self, keys: Sequence[str]) -> int:
        """Nothing of her is left; her place at an event to come goes to the next."""
        return rsvp_retention.erase(keys=keys)

    def rules(self) -> Sequence[Rule]:
        """What nobody confirmed is deleted; names go 30 days after the event, all after a year."""
        return (
            Rule(
                "rsvps_unconfirmed",
                _("Answers to events nobody confirmed"),
                _("14 days"),
                lambda: rsvp_retention.unconfirmed().count(),
                rsvp_retention.forget_unconfirmed,
            ),
            Rule(
                "rsvps",
                _("Names and addresses of those who came to an event"),
                _("30 days after the event"),
                lambda: rsvp_retention.named().count(),
                rsvp_retention.forget_names,
            ),
            Rule(
                "rsvps_old",
                _("Who came to an event; how many came is kept"),
                _("a year after the event"),
                lambda: rsvp_retention.old().count(),
                rsvp_retention.forget_answers,
            ),
        )


RSVPS = Rsvps()


class ComesToEvent:
    """Confirmed answers to events, from any of the person's addresses; kept for a year."""

    name = "comes_to_event"
    label = _("Events")
    operators = {
        "is": Question(_("comes or came to …"), (Takes.CHOICE,)),
        "is_not": Question(_("does not come to …"), (Takes.CHOICE,)),
        "waits": Question(_("waits for a place at …"), (Takes.CHOICE,)),
        "within": Question(_("has said she comes to an event in the last … days"), (Takes.DAYS,)),
        "next": Question(_("will come to an event in the next … days"), (Takes.DAYS,)),
        "never": Question(_("has never said she comes to an event")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest events that are or were public, with their day."""
        rows = Event.objects.filter(state__in=event_selectors.PUBLIC)[:MAX_CHOICES]
        return [(str(row.pk), f"{row.title} ({row.starts_local[:10]})") for row in rows]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS; an answer keeps the key of its address when it has been emptied."""
        state = RsvpState.WAITING if operator == "waits" else RsvpState.COMING
        rows = Rsvp.objects.filter(state=state)
        if operator == "within":
            rows = rows.filter(confirmed_at__gte=since(values[0]))
        elif operator == "next":
            now = timezone.now()
            rows = rows.filter(
                event__state=EventState.ANNOUNCED,
                event__starts_at__gte=now,
                event__starts_at__lt=now + timedelta(days=values[0]),
            )
        elif operator != "never":
            rows = rows.filter(event=row_id(values[0]))
        found = by_any_address(rows)
        return ~found if operator in {"is_not", "never"} else found


COMES_TO_EVENT = ComesToEvent()
