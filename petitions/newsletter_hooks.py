"""What this app teaches newsletters: who has signed, and when signers are forgotten."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.ports import Moment, Question, Rule, Takes
from newsletters.selectors.held import Country, Language
from newsletters.selectors.segment_addresses import by_any_address
from newsletters.selectors.segment_values import row_id, since
from petitions.models import Signature
from petitions.selectors import petitions, signatures
from petitions.services import retention
from petitions.states import SignatureState

MOST_CHOICES = 300
MOST_MOMENTS = 50
# Who is IGNORED believes that she has signed: asking her again would tell her.
HAS_SIGNED = (SignatureState.COUNTED, SignatureState.IGNORED)


class SignedPetition:
    """Confirmed signatures under petitions, by any of the person's addresses."""

    name = "signed_petition"
    label = gettext_lazy("Petitions")
    operators = {
        "is": Question(gettext_lazy("has signed …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("has not signed …"), (Takes.CHOICE,)),
        "one_of": Question(gettext_lazy("has signed one of …"), (Takes.SEVERAL,)),
        "within": Question(gettext_lazy("has signed something in the last … days"), (Takes.DAYS,)),
        "ever": Question(gettext_lazy("has signed something")),
        "never": Question(gettext_lazy("has never signed anything")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest petitions that are or were public, by headline."""
        rows = petitions.with_texts(petitions.public())[:MOST_CHOICES]
        return [(str(row.pk), petitions.headline(row)) for row in rows]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS on confirmed signatures."""
        rows = Signature.objects.filter(state__in=HAS_SIGNED)
        if operator == "within":
            rows = rows.filter(confirmed_at__gte=since(values[0]))
        elif operator not in {"ever", "never"}:
            rows = rows.filter(petition__in=[row_id(value) for value in values])
        found = by_any_address(rows)
        return ~found if operator in {"is_not", "never"} else found


SIGNED_PETITION = SignedPetition()


class Signatures:
    """Signers are told what we hold of them, and forgotten: in time, or when they ask."""

    name = "signatures"
    label = gettext_lazy("Signatures")

    def moments(self, keys: Sequence[str]) -> list[Moment]:
        """The newest fifty signatures: under what, and what became of each."""
        return [
            Moment(
                at=row.confirmed_at or row.created_at,
                words=_("Signed “%(petition)s”: %(state)s")
                % {"petition": row.text.title, "state": row.get_state_display()},
                url=reverse("staff:petition_signatures", args=[row.petition_id]),
            )
            for row in signatures.of_addresses(keys)[:MOST_MOMENTS]
        ]

    def held(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Every signature from these addresses.

        One that is set aside reads as confirmed: how we find false ones is no
        data about a person, and would teach whoever makes them.
        """
        return [
            {
                _("Petition"): row.text.title,
                _("State"): _state_told(row),
                _("Name"): row.name,
                _("E-mail"): row.email,
                _("Country"): Country(row.country),
                _("Comment"): row.comment,
                _("Name shown on the page"): row.is_public,
                _("Wants news"): row.wants_news,
                _("Words beside the box"): row.wording.text if row.wording else "",
                _("Language"): Language(row.language),
                _("Came by"): row.source,
                _("Signed"): row.created_at.isoformat(),
                _("Confirmed"): row.confirmed_at.isoformat() if row.confirmed_at else "",
            }
            for row in signatures.of_addresses(keys).iterator(chunk_size=500)
        ]

    def erase(self, keys: Sequence[str]) -> int:
        """Nobody is behind these signatures any more; the totals stay."""
        return retention.erase(keys=keys)

    def rules(self) -> Sequence[Rule]:
        """What nobody confirmed is deleted, old signatures become anonymous."""
        return (
            Rule(
                "signatures_unconfirmed",
                gettext_lazy("Signatures nobody confirmed"),
                gettext_lazy("14 days"),
                lambda: retention.unconfirmed().count(),
                retention.delete_unconfirmed,
            ),
            Rule(
                "signatures",
                gettext_lazy("Names and addresses under petitions; the signatures still count"),
                gettext_lazy("180 days after the petition closed"),
                lambda: retention.named().count(),
                retention.make_anonymous,
            ),
        )


def _state_told(row: Signature) -> str:
    told = SignatureState.COUNTED if row.state in HAS_SIGNED else SignatureState(row.state)
    return str(told.label)


SIGNATURES = Signatures()
