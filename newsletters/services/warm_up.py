"""Warm-up: how much a domain nobody knows yet may send on each of its first days."""

from datetime import date

# Day 1, day 2 … Doubled in the first week, about half as much again after that. From the
# 22nd day on nothing is held back any more.
PLAN = (
    *(50, 100, 200, 400, 800, 1_600, 3_200),
    *(5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 40_000),
    *(60_000, 80_000, 120_000, 160_000, 240_000, 320_000, 480_000),
)


def allowed(begun: date | None, today: date) -> int | None:
    """How many mails may leave ``today`` (UTC); None when the plan is over or there is none.

    Before the first day it is as on the first.
    """
    if begun is None:
        return None
    day = max(0, (today - begun).days)
    return PLAN[day] if day < len(PLAN) else None
