"""Reading signatures."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from petitions.models import Petition, Signature
from petitions.states import SignatureState


@dataclass(frozen=True)
class Numbers:
    """What became of everybody who filled in the form."""

    pending: int = 0
    counted: int = 0
    ignored: int = 0
    withdrawn: int = 0
    invalidated: int = 0
    news: int = 0

    @property
    def news_share(self) -> int | None:
        """Per cent of the counted who asked for news; None before anybody was counted."""
        return round(100 * self.news / self.counted) if self.counted else None


def numbers(petition: Petition) -> Numbers:
    """One grouped query over the petition's signatures."""
    rows = petition.signatures.values("state").annotate(
        rows=Count("pk"), news=Count("pk", filter=Q(wants_news=True))
    )
    by_state = {row["state"]: row["rows"] for row in rows}
    news = {row["state"]: row["news"] for row in rows}
    return Numbers(**by_state, news=news.get(SignatureState.COUNTED, 0))


def names(petition: Petition) -> QuerySet[Signature, str]:
    """Names of those who are counted and asked to be shown, the newest first; nothing else."""
    return (
        petition.signatures.filter(state=SignatureState.COUNTED, is_public=True)
        .exclude(name="")
        .order_by("-confirmed_at", "-pk")
        .values_list("name", flat=True)
    )


def for_staff(petition: Petition, state: str = "") -> QuerySet[Signature]:
    """All signatures, the newest first; only those in ``state`` when it is given."""
    found = petition.signatures.order_by("-pk")
    return found.filter(state=state) if state else found


def find(signature_id: int) -> Signature | None:
    """One signature with its petition and the text that was signed, or None."""
    rows = Signature.objects.select_related("petition", "text")
    return rows.filter(pk=signature_id).first()


def of_addresses(keys: Sequence[str]) -> QuerySet[Signature]:
    """Signatures from any of these addresses with the text that was signed, the newest first."""
    rows = Signature.objects.filter(address_key__in=keys).exclude(address_key="")
    return rows.select_related("text", "wording").order_by("-pk")
