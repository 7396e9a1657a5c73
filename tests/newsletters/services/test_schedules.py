"""Schedules: three schedulers, one that slept, the two odd nights, and a clock that jumps."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from newsletters import tasks
from newsletters.models import Digest, DigestIssue, Mailing
from newsletters.services import digests, mailings
from newsletters.services.digests import Plan
from newsletters.states import MailingState
from tests.factories.newsletters import (
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
)
from tests.infra.databases import ROOT, Databases
from tests.infra.rings import Rings

SCHEDULER = """
import sys, time, django
django.setup()
from newsletters.services import mailings
time.sleep(max(0, float(sys.argv[1]) - time.time()))
print(sum(mailings.start_due() for _ in range(20)))
"""
SEED = """
import django
django.setup()
from django.utils import timezone
from newsletters.models import Mailing
for number in range(20):
    Mailing.objects.create(name="Appeal", state="scheduled", scheduled_at=timezone.now())
"""
COUNT = """
import django
django.setup()
from newsletters.models import Mailing
print(Mailing.objects.filter(state="expanding").count())
"""


@pytest.fixture(autouse=True)
def installation(settings):
    settings.POSTAL_ADDRESS = "1 Square\nOrrin"


# Several at once, and one that slept ------------------------------------------------
def test_three_schedulers_start_each_mailing_once(databases: Databases, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": databases.fresh(),
        "HANDBILL_VAR": str(tmp_path),
    }

    def start(program: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    start(SEED).communicate(timeout=60)
    together = str(time.time() + 5)
    schedulers = [start(SCHEDULER, together) for _ in range(3)]
    counts = [int(scheduler.communicate(timeout=60)[0]) for scheduler in schedulers]

    assert sum(counts) == 20
    assert int(start(COUNT).communicate(timeout=60)[0]) == 20
    rings = list((tmp_path / "broker" / "queue").glob("*.default.msg"))
    assert len(rings) == 20


def approved(organiser) -> Mailing:
    mailing = MailingFactory(lists=[MailingListFactory()])
    MailingTextFactory(mailing=mailing)
    mailings.approve(mailing=mailing, by=organiser)
    return mailing


def plan(client, mailing: Mailing, when: str, zone: str) -> None:
    address = reverse("staff:mailing_schedule", args=[mailing.pk])
    answer = client.post(address, {"do": "plan", "when": when, "zone": zone})
    assert answer.status_code == 302, answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "state"), [(1, MailingState.EXPANDING), (5, MailingState.PAUSED)]
)
def test_a_scheduler_that_slept(hours, state, client, organiser, rung: Rings):
    with time_machine.travel(datetime(2027, 5, 3, 6, tzinfo=UTC), tick=False) as clock:
        client.force_login(organiser)
        mailing = approved(organiser)
        plan(client, mailing, "2027-05-03T09:00", "Europe/Vienna")
        clock.move_to(datetime(2027, 5, 3, 7 + hours, tzinfo=UTC))
        tasks.start_due()
        mailing.refresh_from_db()
        assert mailing.state == state
        if state == MailingState.PAUSED:
            address = reverse("staff:mailing", args=[mailing.pk])
            page = client.get(address).text
            assert "Its hour passed while nothing was running." in page
            assert "Send it now" in page
            client.post(reverse("staff:mailing_move", args=[mailing.pk]), {"do": "resume"})
            mailing.refresh_from_db()
        assert mailing.state == MailingState.EXPANDING
        assert {ring.job for ring in rung.collect()} == {"newsletters.expand_mailing"}


# The odd nights ---------------------------------------------------------------------
def every_ten_minutes(clock: time_machine.Traveller, night: datetime) -> Iterator[datetime]:
    """A night from eight in the evening before to noon, by UTC, as three schedulers live it."""
    moment = night - timedelta(hours=4)
    while moment < night + timedelta(hours=12):
        clock.move_to(moment)
        yield moment
        moment += timedelta(minutes=10)


ODD_NIGHTS = [
    # 02:30 does not exist: the same distance after midnight in the new time, 03:30.
    ("2027-03-28", "Europe/Vienna", "01:30", "skip 02:30 that night; it goes out at 03:30"),
    ("2027-03-14", "America/New_York", "07:30", "skip 02:30 that night; it goes out at 03:30"),
    # 02:30 (in New York 01:30) comes twice: the first time.
    ("2027-10-31", "Europe/Vienna", "00:30", "02:30 comes twice that night"),
    ("2027-11-07", "America/New_York", "05:30", "01:30 comes twice that night"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "zone", "utc", "words"), ODD_NIGHTS)
def test_a_typed_hour_comes_once_on_the_night_the_clocks_change(
    day, zone, utc, words, client, organiser, rung: Rings
):
    hour = words.removeprefix("skip ")[:5]
    night = datetime.fromisoformat(f"{day}T00:00+00:00")
    due = datetime.fromisoformat(f"{day}T{utc}+00:00")
    with time_machine.travel(night - timedelta(days=1), tick=False) as clock:
        client.force_login(organiser)
        mailing = approved(organiser)
        plan(client, mailing, f"{day}T{hour}", zone)
        page = client.get(reverse("staff:mailing", args=[mailing.pk])).text
        assert words in page
        assert zone in page

        started = []
        for moment in every_ten_minutes(clock, night):
            started += [moment] * sum(mailings.start_due() for _scheduler in range(3))

        assert started == [due]
        assert len(rung.collect()) == 1
        # Taken back before, it would be offered as it was typed.
        Mailing.objects.update(state=MailingState.APPROVED)
        client.force_login(organiser)
        page = client.get(reverse("staff:mailing_schedule", args=[mailing.pk])).text
        assert f'value="{day}T{hour}"' in page


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "zone"), [night[:2] for night in ODD_NIGHTS])
def test_a_digest_comes_once_on_the_night_the_clocks_change(day, zone, organiser):
    night = datetime.fromisoformat(f"{day}T00:00+00:00")
    # The hour that is skipped or comes twice; all of these days are Sundays.
    hour = 1 if day == "2027-11-07" else 2
    with time_machine.travel(night - timedelta(days=3), tick=False) as clock:
        kept = Plan("Sheet", MailingListFactory(), weekday=6, hour=hour, time_zone=zone)
        digest = digests.create(plan=kept, by=organiser)
        made = []
        for moment in every_ten_minutes(clock, night):
            made += [moment] * sum(digests.issue_due() for _scheduler in range(3))

        assert len(made) == 1
        issue = DigestIssue.objects.filter(digest=digest).latest("period_end")
        assert made == [issue.period_end]
        assert Digest.objects.get().covered_until == issue.period_end


# A clock that jumps -------------------------------------------------------------------
@pytest.mark.django_db
def test_a_clock_that_is_set_back_and_forth_starts_a_mailing_once(client, organiser, rung: Rings):
    with time_machine.travel(datetime(2027, 5, 3, 6, 30, tzinfo=UTC), tick=False) as clock:
        client.force_login(organiser)
        mailing = approved(organiser)
        plan(client, mailing, "2027-05-03T09:00", "Europe/Vienna")
        starts = []
        for hours in (0, -1, 0, 1, -1, 1, 0):
            clock.move_to(datetime(2027, 5, 3, 6, 30, tzinfo=UTC) + timedelta(hours=hours))
            starts.append(mailings.start_due())
        assert starts == [0, 0, 0, 1, 0, 0, 0]
        assert len(rung.collect()) == 1
