"""How many opened a mailing and followed its links: people, never how often."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet

from newsletters import tokens
from newsletters.models import DeliveryEvent, Mailing, TrackedLink
from newsletters.states import Heard


@dataclass(frozen=True)
class Figures:
    """``links``: (address, how many people followed it), the most followed first.

    ``by_machines``: of how many people only a machine was heard. That is not
    kept when the rest is forgotten but for its sums.
    """

    opened: int = 0
    clicked: int = 0
    by_machines: int = 0
    links: list[tuple[str, int]] = field(default_factory=list)


def by_token(token: str) -> TrackedLink | None:
    """Where a counted link leads; None when the token is not ours or its mailing is gone."""
    sealed = tokens.unseal(tokens.CLICKED, token)
    return TrackedLink.objects.filter(pk=sealed.second).first() if sealed else None


def figures(mailing: Mailing) -> Figures:
    """What is known of a mailing, with the sums of what was forgotten (four queries)."""
    heard = DeliveryEvent.objects.filter(mailing=mailing)
    by_people = heard.filter(by_machine=False)
    kinds = dict(
        by_people.order_by().values_list("kind").annotate(people=Count("contact", distinct=True))
    )
    also_a_person = by_people.filter(contact=OuterRef("contact"))
    machines = heard.filter(~Exists(also_a_person), by_machine=True)
    return Figures(
        opened=mailing.opened_total + kinds.get(Heard.OPENED, 0),
        clicked=mailing.clicked_total + kinds.get(Heard.CLICKED, 0),
        by_machines=machines.aggregate(people=Count("contact", distinct=True))["people"],
        links=_links(mailing, by_people) if mailing.counts_clicks else [],
    )


def _links(mailing: Mailing, by_people: QuerySet[DeliveryEvent]) -> list[tuple[str, int]]:
    clicks = by_people.filter(kind=Heard.CLICKED).order_by().values_list("link")
    people = dict(clicks.annotate(people=Count("contact", distinct=True)))
    found = [
        (link.url, link.clicked_total + people.get(link.pk, 0))
        for link in mailing.tracked_links.order_by("pk")
    ]
    return sorted(found, key=lambda pair: -pair[1])
