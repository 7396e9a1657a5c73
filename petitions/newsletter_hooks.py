"""What this app teaches newsletters: who has signed, and when signers are forgotten."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.errors import SegmentRefused
from petitions.models import Signature
from petitions.selectors import petitions
from petitions.services import retention
from petitions.states import SignatureState

MOST_CHOICES = 300
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
    """Signers are forgotten when their petition is long over."""

    name = "signatures"

    def forget(self) -> int:
        """Delete what nobody confirmed, make old signatures anonymous; returns how many rows."""
        return retention.forget()


SIGNATURES = Signatures()
