"""Questions about what the person agreed to."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from newsletters.models import ConsentAct, ConsentEvent, ConsentWording
from newsletters.ports import Question, Takes
from newsletters.selectors.segment_values import begin_of, row_id, since

MOST_CHOICES = 300
SHOWN_LETTERS = 60


class Agreed:
    """Lines of the consent ledger that say yes; whether it still holds, the lists say."""

    name = "agreed"
    label = gettext_lazy("Consent")
    operators = {
        "to": Question(gettext_lazy("has agreed to …"), (Takes.CHOICE,)),
        "not_to": Question(gettext_lazy("has not agreed to …"), (Takes.CHOICE,)),
        "within": Question(gettext_lazy("agreed to something in the last … days"), (Takes.DAYS,)),
        "before": Question(gettext_lazy("agreed to something before …"), (Takes.DATE,)),
        "basis": Question(
            gettext_lazy("is written to on a legal basis that contains …"), (Takes.TEXT,)
        ),
        "never": Question(gettext_lazy("has no agreement in the ledger")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The wordings, newest first: language, version and how the text begins."""
        newest = ConsentWording.objects.order_by("-pk")[:MOST_CHOICES]
        return [(str(row.pk), _words(row)) for row in newest]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS in the ledger."""
        events = ConsentEvent.objects.filter(contact=OuterRef("pk"), act=ConsentAct.GRANTED)
        if operator == "never":
            return ~Q(Exists(events))
        [value] = values
        if operator == "within":
            return Q(Exists(events.filter(happened_at__gte=since(value))))
        if operator == "before":
            return Q(Exists(events.filter(happened_at__lt=begin_of(value))))
        if operator == "basis":
            return Q(Exists(events.filter(legal_basis__icontains=value)))
        found = Q(Exists(events.filter(wording=row_id(value))))
        return ~found if operator == "not_to" else found


def _words(row: ConsentWording) -> str:
    text = Truncator(" ".join(row.text.split())).chars(SHOWN_LETTERS)
    return f"{row.purpose}, {row.language} v{row.version}: {text}"


AGREED = Agreed()
