"""Count typical segments as the builder does: ``python -m bench.inside.counting 5``.

``count``: until the page shows a number, exact or, where that takes longer than a moment,
about. ``exact``: until the second question brought the exact one. The first time, when
nothing is in memory, counts like the others.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from campaigns.models import Event
from newsletters.models import ConsentWording, Mailing, MailingList, Tag, TrackedLink
from newsletters.selectors import segment_counts
from newsletters.selectors.segment_counts import PATIENT_S
from petitions.models import Petition


def main(rounds: int) -> None:
    """Ask and say."""
    shown, exact = _Times(), _Times()
    numbers = 0
    for name, rule in _rules().items():
        for _round in range(rounds):
            with shown.of(name):
                told = segment_counts.count(rule)
            numbers += told.people is not None or told.about is not None
            with exact.of(name):
                segment_counts.count(rule, seconds=PATIENT_S)
    found = {"rules": len(shown.times), "with_a_number": round(numbers / len(shown.all()), 3)}
    print(json.dumps({**found, **shown.summary("count"), **exact.summary("exact")}))


class _Times:
    """Seconds by rule."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        begun = time.perf_counter()
        yield
        self.times.setdefault(name, []).append(time.perf_counter() - begun)

    def all(self) -> list[float]:
        """Every time, shortest first."""
        return sorted(seconds for times in self.times.values() for seconds in times)

    def summary(self, what: str) -> dict[str, Any]:
        """Figures for the result line."""
        return {
            f"{what}_p50_ms": _ms(self.all(), 0.5),
            f"{what}_p95_ms": _ms(self.all(), 0.95),
            f"{what}_by_rule_p50_ms": {
                name: _ms(sorted(times), 0.5) for name, times in self.times.items()
            },
        }


def _rules() -> dict[str, dict[str, Any]]:
    lists = [str(pk) for pk in MailingList.objects.order_by("pk").values_list("pk", flat=True)]
    first, second, _third = Petition.objects.order_by("pk").values_list("pk", flat=True)
    tag = str(Tag.objects.order_by("pk").values_list("pk", flat=True)[0])
    newest = Mailing.objects.order_by("-pk").values_list("pk", flat=True)[0]
    link = TrackedLink.objects.filter(mailing=newest).values_list("pk", flat=True)[0]
    event = Event.objects.order_by("pk").values_list("pk", flat=True)[0]
    wording = ConsentWording.objects.values_list("pk", flat=True)[0]
    on_list = _ask("on_list", "is", lists[0])
    signed = _ask("signed_petition", "is", str(first))
    russian = _ask("language", "is", "ru")
    return {
        "language": russian,
        "place": _all(_ask("country", "one_of", "AT", "DE"), _ask("postcode", "begins", "12")),
        "list": on_list,
        "list_not_list": _all(on_list, _ask("on_list", "is_not", lists[1])),
        "tag": _ask("tag", "has", tag),
        "joined": _ask("on_list", "joined_within", lists[0], "30"),
        "field_text": _ask("field_town", "is", "Town 7"),
        "field_number": _ask("field_age", "between", "18", "30"),
        "field_yes": _ask("field_member", "yes"),
        "field_choices": _ask("field_skills", "chosen", "drive"),
        "consent": _ask("agreed", "to", str(wording)),
        "signed": signed,
        "never_signed": _ask("signed_petition", "never"),
        "received": _ask("received", "is", str(newest)),
        "not_received": _all(on_list, _ask("received", "is_not", str(newest))),
        "received_7_days": _ask("received", "within", "7"),
        "received_30_days": _ask("received", "within", "30"),
        "opened": _ask("opened", "is", str(newest)),
        "not_opened": _ask("opened", "is_not", str(newest)),
        "opened_30_days": _ask("opened", "within", "30"),
        "opened_nothing_30_days": _all(on_list, _ask("opened", "not_within", "30")),
        "clicked": _ask("clicked", "is", str(newest)),
        "clicked_link": _ask("clicked_link", "is", str(link)),
        "comes": _ask("comes_to_event", "is", str(event)),
        "comes_30_days": _all(on_list, _ask("comes_to_event", "next", "30")),
        "in_words": _all(
            on_list,
            _ask("signed_petition", "within", "30"),
            _ask("received", "is_not", str(newest)),
        ),
        "any_of": _all(
            on_list,
            {"any": [signed, _ask("signed_petition", "is", str(second)), russian]},
            {"not": {"any": [_ask("tag", "has", tag), _ask("field_member", "yes")]}},
        ),
    }


def _ask(condition: str, operator: str, *values: str) -> dict[str, Any]:
    return {"condition": condition, "operator": operator, "value": list(values)}


def _all(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)}


def _ms(times: list[float], share: float) -> int:
    return round(times[ceil(share * len(times)) - 1] * 1000)


if __name__ == "__main__":
    main(int(sys.argv[1]))
