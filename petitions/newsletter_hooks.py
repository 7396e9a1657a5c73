"""What this app teaches newsletters: who has signed, and when signers are forgotten."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.errors import SegmentRefused
from newsletters.ports import Moment
from petitions.models import Signature
from petitions.selectors import petitions, signatures
from petitions.services import retention
from petitions.states import SignatureState

MOST_CHOICES = 300
MOST_MOMENTS = 50
# Who is IGNORED believes that she has signed: asking her again would tell her.
HAS_SIGNED = (SignatureState.COUNTED, SignatureState.IGNORED)


class SignedPetition:
    """Has, or has not, confirmed a signature under a petition. Compared by address."""

    name = "signed_petition"
    label = gettext_lazy("Petition")
    operators = {"is": gettext_lazy("has signed"), "is_not": gettext_lazy("has not signed")}

    def choices(self) -> Sequence[tuple[str, str]]:
        """The newest petitions that are or were public, by headline."""
        rows = petitions.with_texts(petitions.public())[:MOST_CHOICES]
        return [(str(row.pk), petitions.headline(row)) for row in rows]

    def compile(self, operator: str, value: str) -> Q:
        """An EXISTS on confirmed signatures of the contact's address."""
        if operator not in self.operators:
            raise SegmentRefused("operator", _("Choose “has signed” or “has not signed”."))
        if not (value.isascii() and value.isdecimal() and len(value) < 19):
            raise SegmentRefused("value", _("Choose one of the petitions."))
        signed = Exists(
            Signature.objects.filter(
                petition=int(value), address_key=OuterRef("address_key"), state__in=HAS_SIGNED
            )
        )
        return Q(signed) if operator == "is" else ~Q(signed)


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
                _("Country"): str(row.country),
                _("Comment"): row.comment,
                _("Name shown on the page"): row.is_public,
                _("Wants news"): row.wants_news,
                _("Words beside the box"): row.wording.text if row.wording else "",
                _("Language"): row.language,
                _("Came by"): row.source,
                _("Signed"): row.created_at.isoformat(),
                _("Confirmed"): row.confirmed_at.isoformat() if row.confirmed_at else "",
            }
            for row in signatures.of_addresses(keys).iterator(chunk_size=500)
        ]

    def erase(self, keys: Sequence[str]) -> int:
        """Nobody is behind these signatures any more; the totals stay."""
        return retention.erase(keys=keys)

    def forget(self) -> int:
        """Delete what nobody confirmed, make old signatures anonymous; returns how many rows."""
        return retention.forget()


def _state_told(row: Signature) -> str:
    told = SignatureState.COUNTED if row.state in HAS_SIGNED else SignatureState(row.state)
    return str(told.label)


SIGNATURES = Signatures()
