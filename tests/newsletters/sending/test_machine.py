"""The states of deliveries as a machine that Hypothesis drives: any order of any events.

Two workers, a sweeper, somebody who pauses and cancels, people who leave, and
a person who decides on doubts; the ledger's code is real, only the relay's
answers are made up. ``HYPOTHESIS=2000 pytest …/test_machine.py`` looks longer.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from newsletters.models import Claim, Contact, Delivery
from newsletters.sending import sweeper
from newsletters.sending.replies import ACCEPTED, Fate, Outcome
from newsletters.services import deliveries, expansion, mailings, subscriptions
from newsletters.states import LEAVING, Decision, DeliveryState, DoubtPolicy
from tests.newsletters.sending.crew import Connection
from tests.newsletters.sending.house import PEOPLE, House

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("HYPOTHESIS", "0"))
# What a relay may say, or a connection may suffer, before it has taken the mail.
ANSWERS = {
    "refused": Outcome(Fate.REFUSED, "554 5.7.1", "policy"),
    "missing": Outcome(Fate.REFUSED, "550 5.1.1", "no such user", mailbox_missing=True),
    "later": Outcome(Fate.LATER, "451", "try later"),
    "again": Outcome(Fate.AGAIN, "", "connection lost"),
    "unsure": Outcome(Fate.UNSURE, "", "connection lost at the dot"),
}
hands = st.integers(0, 1)
people = st.integers(0, PEOPLE - 1)
steps = st.integers(0, 3)


def event(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule that strikes while both workers are at work: each goes some steps before it."""

    def decorate(act: Callable[..., None]) -> Callable[..., None]:
        @wraps(act)
        def strike(self: "Ledger", pace: tuple[int, int], **found: object) -> None:
            for worker, count in zip(self.crew, pace, strict=True):
                self.go_on(worker, count)
            self.go_on_after_a_pause()
            act(self, **found)

        # Nobody names one "targets", which is what mypy fears.
        paced = rule(pace=st.tuples(steps, steps), **drawn)  # type: ignore[call-overload]
        return cast("Callable[..., None]", paced(strike))

    return decorate


class Ledger(House):
    """Whatever may happen, each while both workers are at work."""

    @initialize(policy=st.sampled_from(DoubtPolicy), chunks=st.sampled_from([2, 2, 2, 2, 1, 0]))
    def begin_the_day(self, policy: DoubtPolicy, chunks: int) -> None:
        """A mailing was started; nobody has a row yet, or everybody."""
        self.found(policy, chunks)

    # -- the list ----------------------------------------------------------------------
    @precondition(lambda self: not self.row().started_at)
    @event()
    def expand(self) -> None:
        """One more chunk of the list, by whichever process."""
        expansion._chunk(self.mailing.pk)

    # -- two workers --------------------------------------------------------------------
    @event(hand=hands, answer=st.sampled_from(sorted(ANSWERS)))
    def answer(self, hand: int, answer: str) -> None:
        """What the relay took it answers with 250, unless the connection is lost."""
        worker = self.crew[hand]
        if worker.out is None:
            return
        if worker.heard:
            worker.answer(ANSWERS["unsure"] if answer == "unsure" else ACCEPTED)
            return
        if answer == "missing":
            self.gone.add(self.person(worker.out.delivery))
        worker.answer(ANSWERS[answer])

    @event(hand=hands, act=st.sampled_from(["write", "look", "release"]))
    def turn_aside(self, hand: int, act: str) -> None:
        """A group commit, a look at what has changed, or the end of a slice."""
        worker = self.crew[hand]
        if act == "write":
            worker.write()
        elif worker.feed is not None and act == "look":
            worker.look()
            assert worker.halted or self.state() in LEAVING
        elif worker.feed is not None and worker.out is None:
            worker.finish()
            worker.write()
            worker.release()

    @event(hand=hands, swept=st.booleans())
    def kill(self, hand: int, swept: bool) -> None:
        """kill -9, wherever it stands; another one starts."""
        self.crew[hand].die()
        self.crew[hand] = Connection()
        if swept:
            self.settle_the_dead()

    @event(hand=hands, swept=st.booleans())
    def freeze(self, hand: int, swept: bool) -> None:
        """It stands still beyond its lease, and wakes: before the sweep, or after it."""
        worker = self.crew[hand]
        if worker.feed is not None:
            worker.freeze()
            Claim.objects.filter(pk=worker.feed.claim).update(lease_until=timezone.now())
            self.clock.shift(timedelta(seconds=1))
        if swept:
            self.settle_the_dead()

    # -- the house ---------------------------------------------------------------------
    @event(minutes=st.sampled_from([1, 11, 70]))
    def wait(self, minutes: int) -> None:
        """Time passes; whoever lives renews the lease."""
        self.pass_time(minutes)

    @event()
    def sweep(self) -> None:
        """The tick."""
        self.settle_the_dead()

    @event()
    def resend(self) -> None:
        """Only what is in doubt for the first time, is due, and may go twice."""
        self.pass_time(11)
        due = Delivery.objects.filter(
            state=DeliveryState.UNSURE, doubts__lte=1, due_at__lte=timezone.now()
        )
        allowed = set(due.values_list("pk", flat=True))
        if self.mailing.doubt_policy == DoubtPolicy.HOLD or self.state() == "cancelled":
            allowed = set()
        before = self.at(DeliveryState.UNSURE)
        sweeper.resend_unsure()
        assert before - self.at(DeliveryState.UNSURE) == allowed

    # -- people ------------------------------------------------------------------------
    # As seldom as it may be: nothing happens in a mailing that is paused.
    @event(typo=st.sampled_from([True, False, False, False]))
    def pause(self, typo: bool) -> None:
        """Somebody looks, and pauses it when she sees a typo."""
        if typo:
            self.press(lambda: mailings.pause(mailing=self.row()))

    # Rare, or most runs would be over before they began.
    @precondition(lambda self: sum(self.taken.values()) > PEOPLE / 2)
    @event(really=st.sampled_from([True, *[False] * 6]))
    def cancel(self, really: bool) -> None:
        """Nothing more of it leaves."""
        if really:
            self.press(lambda: mailings.cancel(mailing=self.row(), by=self.organiser))

    @event()
    def tick(self) -> None:
        """What the scheduler rings for."""
        for mailing in expansion.unfinished():
            expansion.expand(mailing_id=mailing)
        mailings.settle_cancelled()
        if mailings.finish_done():
            assert not self.at(DeliveryState.READY, DeliveryState.CLAIMED, DeliveryState.UNSURE)

    @precondition(lambda self: len(self.gone) < 4)
    @event(number=people)
    def leave(self, number: int) -> None:
        """One click in an older mail."""
        person = self.contacts[number]
        if Contact.objects.filter(pk=person.pk).exists():
            subscriptions.leave(
                contact=person, lists=list(self.mailing.lists.all()), method="one-click"
            )
            self.gone.add(person.pk)

    @event(number=people, act=st.sampled_from(Decision))
    def decide(self, number: int, act: Decision) -> None:
        """A person says what became of a mail, whatever state its row is in."""
        row = Delivery.objects.filter(contact=self.contacts[number]).first()
        if row is not None:
            self.settle({row.pk}, act)

    @precondition(lambda self: self.decisions)
    @event()
    def take_back(self) -> None:
        """The last decision was wrong."""
        made = self.decisions.pop()
        before = self.at(DeliveryState.UNSURE)
        deliveries.undo(mailing_id=self.mailing.pk, act=made.act, at=made.at, by=self.organiser)
        for mail in self.at(DeliveryState.UNSURE) - before:
            assert mail in self.decided
            self.decided.discard(mail)
            # It was in doubt all the while.
            self.last[mail] = (DeliveryState.UNSURE, None)


def test_no_order_of_events_breaks_a_promise() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=EXAMPLES or 25,
            derandomize=not EXAMPLES,
            stateful_step_count=60,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
