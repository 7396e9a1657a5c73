"""What guests are told, and what was heard of mails: ``… tests.programs.heard_and_told CASE``.

Killed before each step. Prints what is there afterwards as JSON.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import Event, Rsvp
from campaigns.services import rsvps
from campaigns.states import RsvpState
from newsletters.models import Delivery, DeliveryEvent, TrackedLink
from newsletters.selectors import tracking
from newsletters.services import old_events
from newsletters.states import Heard
from tests.factories.campaigns import EventFactory, RsvpFactory
from tests.factories.newsletters import ContactFactory, DeliveryFactory, MailingFactory
from tests.infra.mortal import kill_before_every_step

# Each transaction takes so many of five people.
CHUNK = 2
PEOPLE = 5
Found = dict[str, Any]


def told() -> Found:
    """A place has changed, and two of three who wait can come: each is told of it once."""
    event = EventFactory(capacity=2)
    for state, number in ((RsvpState.COMING, 2), (RsvpState.WAITING, 3)):
        RsvpFactory.create_batch(number, event=event, state=state)
    Event.objects.update(place="Harbour Hall", capacity=4, sequence=1)

    def nobody_is_told_twice() -> None:
        assert max(_mails().values(), default=1) == 1
        noted = Rsvp.objects.filter(told=1).count()
        changed = Delivery.objects.filter(kind="campaigns.rsvp_changed").count()
        assert noted == changed, "told without a note, or noted without a mail"

    deaths = kill_before_every_step(rsvps.tell_all, nobody_is_told_twice)
    return {
        "killed": deaths,
        "again": rsvps.tell_all(),
        "coming": Rsvp.objects.filter(state=RsvpState.COMING).count(),
        "mails": sorted(kind for kind, _address in _mails()),
    }


def summed() -> Found:
    """Of a mailing long over only the sums stay; they are never more or less than before."""
    ended = timezone.now() - timedelta(days=91)
    mailing = MailingFactory(finished_at=ended, counts_opens=True, counts_clicks=True)
    link = TrackedLink.objects.create(mailing=mailing, url="https://example.org/write")
    for _ in range(PEOPLE):
        mail = DeliveryFactory(mailing=mailing, contact=ContactFactory())
        for kind, followed in ((Heard.OPENED, None), (Heard.CLICKED, link)):
            DeliveryEvent.objects.create(
                delivery=mail,
                contact=mail.contact,
                mailing=mailing,
                kind=kind,
                link=followed,
                happened_at=ended,
            )
    before = tracking.figures(mailing)

    def the_sums_are_right() -> None:
        mailing.refresh_from_db()
        assert tracking.figures(mailing) == before

    deaths = kill_before_every_step(old_events.forget, the_sums_are_right)
    the_sums_are_right()
    return {
        "killed": deaths,
        "again": old_events.forget(),
        "left": DeliveryEvent.objects.count(),
        "opened": before.opened,
        "clicked": before.clicked,
    }


def _mails() -> Counter[tuple[str, str]]:
    return Counter(Delivery.objects.values_list("kind", "address"))


CASES: dict[str, Callable[[], Found]] = {case.__name__: case for case in (told, summed)}


def main() -> None:
    """Small chunks, so that there is an end of one and a beginning of the next."""
    rsvps.BATCH = old_events.CHUNK = CHUNK
    sys.stdout.write(json.dumps(CASES[sys.argv[1]]()) + "\n")


if __name__ == "__main__":
    main()
