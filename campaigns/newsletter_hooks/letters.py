"""What supporters wrote: told, forgotten, asked for by segments; and offices that are gone."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import mails
from campaigns.models import Letter
from campaigns.newsletter_hooks.bounds import MAX_CHOICES, MAX_MOMENTS
from campaigns.selectors import actions as action_selectors
from campaigns.selectors import letters as selectors
from campaigns.services import letters, targets
from campaigns.states import LetterState
from newsletters.ports import Moment, Question, Rule, Takes
from newsletters.selectors.held import Country
from newsletters.selectors.segment_addresses import by_any_address
from newsletters.selectors.segment_values import row_id, since


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
            for row in selectors.written_by(keys)[:MAX_MOMENTS]
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
            for row in selectors.written_by(keys).iterator(chunk_size=500)
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
