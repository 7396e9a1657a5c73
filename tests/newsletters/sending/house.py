"""One mailing in the hands of two workers, and the promises it must keep at any instant."""

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest import mock

import time_machine
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from newsletters.errors import MailingRefused
from newsletters.models import Claim, Contact, Delivery, Mailing
from newsletters.sending import claims, sweeper
from newsletters.sending.replies import ACCEPTED
from newsletters.services import deliveries, expansion, mailings
from newsletters.services.deliveries import Decided, Doubts
from newsletters.states import (
    LEAVING,
    Decision,
    DeliveryState,
    DoubtPolicy,
    Lane,
    MailingState,
    SkipReason,
)
from tests.factories.newsletters import UserFactory
from tests.newsletters.sending.crew import Connection
from tests.stories import half_sent

PEOPLE = 16
# Small claims, so that both workers hold some.
BATCH = 3
# Nobody leaves a mailing paused for longer, or little would happen in a run.
LONGEST_PAUSE = 2
COLUMNS = ("pk", "state", "claim", "reason", "attempts")
TERMINAL = {
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
}
KNOWN = {DeliveryState.ACCEPTED, DeliveryState.CLAIMED}
GONE_REASONS = {SkipReason.UNSUBSCRIBED, SkipReason.SUPPRESSED, SkipReason.ERASED}


class House(RuleBasedStateMachine):
    """One mailing to sixteen people; ``tests.newsletters.sending.test_machine`` adds the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(timezone.now(), tick=False)
        self.clock = self.travel.start()
        self.folder = tempfile.TemporaryDirectory(prefix="handbill-machine-")
        self.places = override_settings(JOURNAL_ROOT=Path(self.folder.name))
        self.places.enable()
        self.bites = mock.patch.dict(claims.BATCH, {Lane.BULK: BATCH})
        self.bites.start()
        # Time that passes here is no clock that was set.
        self.wall = mock.patch.object(sweeper, "CLOCK_SET", float("inf"))
        self.wall.start()
        self.ground = transaction.atomic()
        self.ground.__enter__()
        self.crew = [Connection(), Connection()]
        # Mail → how often the relay took it, and how often its row came into doubt.
        self.taken: Counter[int] = Counter()
        self.doubts: Counter[int] = Counter()
        # Mail → its doubts when it was taken from whoever had the right to send it.
        self.surely: dict[int, int] = {}
        self.gone: set[int] = set()
        self.rests = 0
        self.decided: set[int] = set()
        self.decisions: list[Decided] = []
        # Mail → its state and claim after the last rule.
        self.last: dict[int, tuple[DeliveryState, int | None]] = {}

    def found(self, policy: DoubtPolicy, chunks: int) -> None:
        """Approved and started; nobody has a row yet, or everybody."""
        self.organiser = UserFactory(permissions=["newsletters.approve_mailing"])
        self.mailing = half_sent(PEOPLE, doubt=policy)
        Delivery.objects.all().delete()
        Mailing.objects.update(state=MailingState.EXPANDING, started_at=None, total=0)
        self.contacts = list(Contact.objects.order_by("pk"))
        for _ in range(chunks):
            expansion._chunk(self.mailing.pk)

    def teardown(self) -> None:
        """Let everything come to rest, then see that nobody was lost."""
        try:
            if hasattr(self, "mailing"):
                self.come_to_rest()
        finally:
            transaction.set_rollback(True)
            self.ground.__exit__(None, None, None)
            self.wall.stop()
            self.bites.stop()
            self.places.disable()
            self.folder.cleanup()
            self.travel.stop()

    # -- two workers --------------------------------------------------------------------
    def go_on(self, worker: Connection, steps: int) -> None:
        """A worker does whatever comes next, so far and no further."""
        for _ in range(steps):
            if worker.feed is None:
                self.take(worker)
            elif worker.out is None:
                self.begin(worker)
            elif not worker.heard:
                self.hear(worker)
            else:
                worker.answer(ACCEPTED)

    def go_on_after_a_pause(self) -> None:
        """Somebody presses the button again."""
        self.rests = self.rests + 1 if self.state() == MailingState.PAUSED else 0
        if self.rests > LONGEST_PAUSE:
            mailings.resume(mailing=self.row(), by=self.organiser)

    def take(self, worker: Connection) -> None:
        """Claims hold nobody who left before, and nothing of a mailing that does not send."""
        taken = worker.take()
        if taken is not None:
            assert self.state() in LEAVING
            assert not {row.pk for row in taken.rows} & self.rows_of_the_gone()

    def begin(self, worker: Connection) -> None:
        """Nothing is begun that the worker knows to be over; a claim that is done is released."""
        if envelope := worker.begin():
            assert envelope.delivery not in worker.known
            assert not worker.halted
        else:
            worker.write()
            worker.release()

    def hear(self, worker: Connection) -> None:
        """The relay has the final dot and takes the mail; its reply is on the way."""
        assert worker.out is not None
        assert worker.feed is not None
        worker.heard = True
        mail = worker.out.delivery
        self.taken[mail] += 1
        if Delivery.objects.filter(pk=mail, claim=worker.feed.claim).exists():
            self.surely[mail] = self.doubts[mail]
        assert self.taken[mail] <= 1 + self.doubts[mail], "twice without a doubt"

    def pass_time(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))
        for worker in self.crew:
            if worker.feed is not None and not worker.halted:
                worker.renew()

    def settle_the_dead(self) -> None:
        """Not more rows come into doubt than claims were settled."""
        before = len(self.at(DeliveryState.UNSURE))
        settled = sweeper.sweep()
        assert len(self.at(DeliveryState.UNSURE)) - before <= settled

    def settle(self, mails: set[int], act: Decision) -> None:
        unsure = self.at(DeliveryState.UNSURE)
        self.clock.shift(timedelta(microseconds=1))
        made = deliveries.decide(doubts=Doubts(self.mailing.pk, mails), act=act, by=self.organiser)
        if made.count:
            assert mails <= unsure
            self.decided |= mails
            self.decisions.append(made)

    # -- promises ----------------------------------------------------------------------
    @invariant()
    def every_row_keeps_its_word(self) -> None:
        """Every promise that holds at any instant."""
        if not hasattr(self, "mailing"):
            return
        rows = list(Delivery.objects.values_list(*COLUMNS))
        mailing = self.row()
        assert not mailing.started_at or mailing.total == len(rows)
        for mail, number, claim, reason, attempts in rows:
            state = DeliveryState(number)
            self.follow(mail, state, claim)
            assert (state == DeliveryState.CLAIMED) <= (claim is not None)
            assert attempts >= 0
            if state == DeliveryState.ACCEPTED:
                assert self.taken[mail] or mail in self.decided
            if self.surely.get(mail) == self.doubts[mail]:
                # The relay took it and nothing came between: it is accepted or will be, but
                # for somebody who left at that moment.
                assert state in KNOWN or reason in GONE_REASONS, f"{mail} is {state!r}"

    def follow(self, mail: int, state: DeliveryState, claim: int | None) -> None:
        """The end is the end; only a mail that was in the air when its reader left may arrive."""
        before, held = self.last.get(mail, (state, claim))
        if before in TERMINAL and before != state:
            assert before == DeliveryState.SKIPPED
            assert held is not None
            assert state == DeliveryState.ACCEPTED
        if state == DeliveryState.UNSURE and before != state:
            self.doubts[mail] += 1
        self.last[mail] = (state, claim)

    def come_to_rest(self) -> None:
        """Everybody dies, and then a careful worker brings it to its end."""
        for worker in self.crew:
            worker.die()
        self.sweep_up()
        self.press(lambda: mailings.resume(mailing=self.row(), by=self.organiser))
        expansion.expand(mailing_id=self.mailing.pk)
        while self.at(DeliveryState.READY) and self.state() == MailingState.SENDING:
            self.clock.shift(timedelta(hours=2))
            self.send_all()
        mailings.settle_cancelled()
        self.decide_the_rest()
        mailings.finish_done()
        assert self.state() in {MailingState.SENT, MailingState.CANCELLED}
        for row in Delivery.objects.all():
            assert row.state in TERMINAL
            if row.state == DeliveryState.SKIPPED:
                assert row.reason in {*GONE_REASONS, SkipReason.LEFT, SkipReason.EXPIRED}
        self.every_row_keeps_its_word()

    def sweep_up(self) -> None:
        self.clock.shift(timedelta(seconds=121))
        sweeper.sweep()
        assert not Claim.objects.exists()
        assert not self.at(DeliveryState.CLAIMED)
        self.every_row_keeps_its_word()

    def send_all(self) -> None:
        worker = Connection()
        worker.take()
        while envelope := worker.begin():
            self.taken[envelope.delivery] += 1
            assert self.taken[envelope.delivery] <= 1 + self.doubts[envelope.delivery]
            worker.answer(ACCEPTED)
        worker.write()
        if worker.feed:
            worker.release()
        worker.die()
        self.every_row_keeps_its_word()

    def decide_the_rest(self) -> None:
        unsure = self.at(DeliveryState.UNSURE)
        if unsure:
            self.settle(unsure, Decision.LEAVE)
        assert not self.at(DeliveryState.UNSURE)

    # -- asking ------------------------------------------------------------------------
    def row(self) -> Mailing:
        return Mailing.objects.get(pk=self.mailing.pk)

    def state(self) -> str:
        return self.row().state

    def at(self, *states: DeliveryState) -> set[int]:
        return set(Delivery.objects.filter(state__in=states).values_list("pk", flat=True))

    def person(self, mail: int) -> int:
        return int(Delivery.objects.values_list("contact", flat=True).get(pk=mail) or 0)

    def rows_of_the_gone(self) -> set[int]:
        return set(Delivery.objects.filter(contact__in=self.gone).values_list("pk", flat=True))

    def press(self, press: Callable[[], object]) -> bool:
        """Press a button that may be refused. Tells whether it was not."""
        try:
            press()
        except MailingRefused:
            return False
        return True
