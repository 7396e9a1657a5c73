"""How fast mail goes: learned from being asked to slow down, and never slower for others."""

import pytest

from newsletters.sending.pace import CROWD_ROWS, EVERYBODY, HORIZON_SECONDS, Pace
from newsletters.sending.replies import ACCEPTED, Fate, Outcome
from newsletters.sending.tempo import OVER, RAISED_A_MINUTE, Recently, Tempo
from newsletters.services.paces import Lesson

SLOWER = Outcome(Fate.SLOWED, "451 4.7.1", "slow down")
FOR_ALL = Outcome(Fate.SLOWED, "421 4.7.0", "too many connections", for_everybody=True)


class Relay:
    """Takes so many mails in any second, of one clock, and asks to slow down at the next one."""

    def __init__(self, per_second: int) -> None:
        self._most = per_second
        self._taken: list[float] = []
        self.refused = 0

    @property
    def accepted(self) -> int:
        """How many it has taken."""
        return len(self._taken)

    def answer(self, now: float) -> Outcome:
        """The reply to one mail."""
        if sum(at > now - 1 for at in self._taken[-self._most :]) >= self._most:
            self.refused += 1
            return SLOWER
        self._taken.append(now)
        return ACCEPTED


def drive(pace: Pace, relay: Relay, *, begin: float, seconds: float, step: float = 0.002) -> None:
    """One mail a step to one domain, whenever the pace lets it go."""
    for number in range(int(seconds / step)):
        now = begin + number * step
        if not pace.wait("orrin.example", now):
            pace.take("orrin.example", now)
            pace.answered("orrin.example", relay.answer(now), now, 0.0)


@pytest.mark.parametrize("allowed", [3, 10, 60, 200])
def test_the_allowed_rate_is_learned_and_used_to_nine_tenths(allowed):
    pace, relay = Pace(), Relay(allowed)
    drive(pace, relay, begin=100.0, seconds=10)
    before, refused = relay.accepted, relay.refused
    drive(pace, relay, begin=110.0, seconds=60)
    assert relay.accepted - before >= 0.9 * allowed * 60
    assert relay.refused - refused <= 0.02 * allowed * 60 + 10


def test_a_limit_that_is_lifted_is_outgrown_by_a_tenth_a_minute():
    tempo = Tempo(learned=None)
    tempo.slowed(0.0, 10.0)
    low = tempo.learned or 0.0
    for second in range(1, 601):
        tempo.accepted(float(second))
    assert tempo.rate == pytest.approx(low * (1 + RAISED_A_MINUTE) ** 10, rel=0.02)
    for second in range(601, 3000):
        tempo.accepted(float(second))
    assert tempo.rate is None, f"forgotten at {OVER} times the rate"


def test_what_was_on_its_way_does_not_lower_the_pace_twice():
    tempo = Tempo()
    assert tempo.slowed(10.0, 100.0)
    assert not tempo.slowed(10.5, 1.0)
    assert tempo.rate == pytest.approx(97.0)
    assert tempo.slowed(11.5, 1.0)
    assert tempo.rate == pytest.approx(48.5 * 0.97), "never more than halved at once"


def test_a_given_limit_holds_whatever_is_learned():
    tempo = Tempo(limit=5.0)
    assert tempo.rate == 5.0
    tempo.learned = 50.0
    assert tempo.rate == 5.0
    tempo.learned = 2.0
    assert tempo.rate == 2.0


def test_of_a_shared_limit_only_what_was_handed_out_is_used():
    tempo = Tempo(limit=10.0)
    assert tempo.wait(1.0) > 0, "nothing is ours yet"
    assert tempo.lacks(50, 0.5, 1.0) == 10, "a second's worth at most"
    tempo.hand(0, 1.5)
    assert tempo.wait(1.0) == 0.5
    assert tempo.lacks(50, 0.5, 1.2) == 0, "asked again when it is time"
    tempo.hand(2, 1.5)
    tempo.hand(4, 3.0)
    assert tempo.wait(1.5) == 0
    assert tempo.lacks(50, 0.5, 1.5) == 0, "six last for longer"
    for moment in (1.5, 1.6):
        assert tempo.wait(moment) == pytest.approx(0)
        tempo.take(moment)
    assert tempo.wait(1.7) == pytest.approx(1.3), "then somebody else's turn"
    assert tempo.lacks(50, 0.5, 3.0) == 10
    assert tempo.wait(3.7) > 0, "a share that was not used in its time is lost"


def test_one_domain_is_slowed_alone():
    pace = Pace()
    pace.begin(40)
    for domain in ("orrin.example", "karsh.example"):
        pace.take(domain, 1.0)
        pace.answered(domain, ACCEPTED if domain == "karsh.example" else SLOWER, 1.0, 0.0)
    pace.take("orrin.example", 1.0)
    assert pace.wait("orrin.example", 1.0) > 0
    assert pace.wait("karsh.example", 1.0) == 0
    assert pace.all.wait(1.0) == 0
    assert [lesson.domain for lesson in pace.news()] == ["orrin.example"]
    assert pace.news() == []


def test_one_domain_after_another_is_the_relay():
    pace = Pace()
    for number in range(4):
        pace.take(f"d{number}.example", 1.0)
        pace.answered(f"d{number}.example", SLOWER, 1.0, 0.0)
    assert pace.all.rate is not None
    assert pace.wait("d0.example", 5.0) == 0
    lessons = {lesson.domain: lesson.per_second for lesson in pace.news()}
    assert lessons.pop(EVERYBODY)
    assert set(lessons.values()) == {None}, "what the domains were blamed for is forgotten"


def test_what_is_said_before_a_recipient_is_meant_for_everybody():
    pace = Pace()
    pace.take("orrin.example", 1.0)
    pace.answered("orrin.example", FOR_ALL, 1.0, 0.0)
    assert pace.all.rate is not None
    assert pace.wait("orrin.example", 5.0) == 0


def test_a_slowed_domain_is_taken_up_a_few_seconds_ahead_and_the_rest_is_planned_behind():
    pace = Pace()
    pace.remember([Lesson("orrin.example", 10.0, "slow down")])
    ahead = int(10 * HORIZON_SECONDS)
    rests = pace.surplus(["karsh.example", *["orrin.example"] * (ahead + 20)], 100.0)
    assert set(rests) == set(range(ahead + 1, ahead + 21))
    assert rests[ahead + 20] - rests[ahead + 10] == pytest.approx(1.0)
    for _ in range(5):
        pace.let_go("orrin.example")
    assert len(pace.surplus(["orrin.example"] * 6, 100.0)) == 1


def test_a_domain_that_has_not_answered_or_answers_slowly_keeps_to_a_quarter():
    pace = Pace()
    pace.begin(8)
    for _ in range(2):
        assert not pace.wait("tar.example", 1.0)
        pace.take("tar.example", 1.0)
    assert pace.wait("tar.example", 1.0) > 0, "two of eight wait for its first answer"
    assert not pace.wait("karsh.example", 1.0)
    pace.answered("tar.example", ACCEPTED, 1.1, 0.1)
    pace.take("tar.example", 1.1)
    pace.take("tar.example", 1.1)
    assert not pace.wait("tar.example", 1.1), "it answers at once: it may have as many as it takes"
    pace.answered("tar.example", ACCEPTED, 31.1, 30.0)
    pace.answered("tar.example", ACCEPTED, 31.2, 30.0)
    pace.take("tar.example", 31.2)
    assert pace.wait("tar.example", 31.2) > 0, "it let us wait"
    assert len(pace.surplus(["tar.example"] * (CROWD_ROWS + 7), 31.2)) == 7
    assert not pace.wait("tar.example", 700.0), "that is long ago"
    pace.answered("tar.example", ACCEPTED, 700.0, 0.1)
    pace.take("tar.example", 700.0)
    pace.take("tar.example", 700.0)
    assert not pace.wait("tar.example", 700.0), "one quick answer, and it was a hiccup"


def test_a_relay_that_is_slow_with_everybody_makes_no_domain_a_tarpit():
    pace = Pace()
    pace.begin(8)
    for now in (10.0, 20.0, 30.0):
        for domain in ("orrin.example", "karsh.example"):
            pace.take(domain, now)
            pace.answered(domain, ACCEPTED, now + 5, 5.0)
    for _ in range(8):
        assert not pace.wait("orrin.example", 40.0)
        pace.take("orrin.example", 40.0)
    assert not pace.surplus(["orrin.example"] * (CROWD_ROWS + 9), 40.0)


def test_what_was_forgotten_by_staff_is_forgotten_here():
    pace = Pace()
    pace.remember([Lesson("orrin.example", 1.0, "x"), Lesson(EVERYBODY, 2.0, "y")])
    assert pace.all.wait(1.0) == 0
    pace.all.take(1.0)
    assert pace.all.wait(1.0) > 0
    pace.remember([])
    assert pace.all.wait(1.0) == 0
    pace.begin(8)
    pace.take("orrin.example", 1.0)
    assert not pace.wait("orrin.example", 1.0)


def test_a_rate_seen_is_that_of_the_best_second_however_quiet_it_was_before():
    seen = Recently()
    seen.note("orrin.example", 10.0)
    for number in range(50):
        seen.note("orrin.example", 13.0 + number * 0.002)
    assert seen.rate("orrin.example", 13.1) == 50.0
    assert seen.total(13.1) == 50.0
    assert seen.rate("karsh.example", 13.1) == 0.0


def test_a_rate_seen_is_not_under_that_of_the_last_minute():
    seen = Recently()
    for number in range(600):
        seen.note("orrin.example", 50.0 + number * 0.001)
    assert seen.rate("orrin.example", 80.0) == pytest.approx(10.0)
    assert seen.total(80.0) == pytest.approx(10.0)
    assert seen.rate("orrin.example", 300.0) == 0.0
