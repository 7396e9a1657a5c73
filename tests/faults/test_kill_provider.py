"""kill -9 and SIGTERM in the middle of a provider's calls: a call is the unit of doubt."""

import json

import pytest

from newsletters.states import DeliveryState
from tests.faults.arena import CONNECTIONS, Arena
from tests.faults.conftest import Sending
from tests.infra.processes import wait_until
from tests.infra.provider import Provider, serving
from tests.infra.providers import APIS

pytestmark = [pytest.mark.faults, pytest.mark.redis]


def wait_for_mails(provider: Provider, count: int) -> None:
    """Wait until it has taken so many more than now."""
    goal = len(provider.taken) + count
    wait_until(lambda: len(provider.taken) >= goal, seconds=60, what=f"{goal} mails")


def send_through(arena: Arena, provider: Provider) -> None:
    """What the operator sets."""
    keys = provider.api.settings(provider.port)
    arena.environment |= {
        "MAIL_URL": f"anymail://{provider.api.name}",
        "ANYMAIL": json.dumps(keys),
    }


def test_a_killed_worker_leaves_its_calls_in_doubt_and_a_stopped_one_none(
    sending: Sending,
) -> None:
    with serving(APIS["postmark"]) as provider, sending() as arena:
        send_through(arena, provider)
        # Slow enough that the kill meets calls that were taken and not answered.
        provider.slow = 0.3
        size = provider.api.size
        with arena.hurry():
            arena.start_worker()
            wait_for_mails(provider, size)
            assert arena.worker.stop() == 0
            assert arena.books.read().at(DeliveryState.UNSURE) == set()
            arena.start_worker()
            wait_for_mails(provider, size)
            arena.worker.kill()
            arena.start_worker()
            ledger = arena.wait_for_end()
    unsure, accepted = ledger.at(DeliveryState.UNSURE), ledger.at(DeliveryState.ACCEPTED)
    assert accepted | unsure == set(ledger.rows)
    assert accepted <= set(provider.copies()), "the ledger says accepted, nobody ever took it"
    assert set(provider.copies().values()) == {1}
    assert len(unsure) <= CONNECTIONS * size
