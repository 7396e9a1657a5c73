"""The connections of one engine: dealt out over the transports, and what they say of them."""

from dataclasses import dataclass

from newsletters.sending import transports
from newsletters.sending.transports import Route, Way
from newsletters.sending.trouble import TransportTrouble


@dataclass(eq=False)
class Line:
    """One connection, over one of the ways out."""

    route: Route
    way: Way
    # At least one claim was worked through to its end.
    useful: bool = False
    accepted: int = 0
    trouble: TransportTrouble | None = None


def deal(routes: list[Route], count: int) -> list[Line]:
    """``count`` connections dealt out by the routes' shares; every route gets at least one."""
    dealt: list[Route] = []
    while len(dealt) < max(count, len(routes)):
        dealt.append(min(routes, key=lambda route: (dealt.count(route) / route.weight, route.name)))
    return [Line(route, route.make()) for route in dealt]


def is_open(route: Route, lines: list[Line]) -> bool:
    """False when there was trouble on this route and no line of it stands."""
    mine = [line for line in lines if line.route is route]
    return not any(line.trouble for line in mine) or any(line.way.is_open for line in mine)


def note(lines: list[Line]) -> None:
    """A transport rests when there was trouble and no connection of it was of use to the end."""
    for route in {line.route.name: line.route for line in lines}.values():
        mine = [line for line in lines if line.route is route]
        troubles = [line.trouble for line in mine if line.trouble]
        useful = any(line.useful and not line.trouble for line in mine)
        if troubles and not useful:
            first = troubles[0]
            transports.note_trouble(str(first), name=route.name, retry_after=first.retry_after)
        elif any(line.accepted for line in mine):
            transports.note_success(name=route.name)
