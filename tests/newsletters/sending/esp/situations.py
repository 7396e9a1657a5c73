"""What the tests of all providers share."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from newsletters.models import Mailing, Transport
from newsletters.states import DeliveryState, TransportState
from tests.infra.provider import Provider
from tests.infra.providers import APIS

READY, ACCEPTED = DeliveryState.READY, DeliveryState.ACCEPTED
REFUSED, UNSURE = DeliveryState.REFUSED, DeliveryState.UNSURE
Start = Callable[[str], Provider]
every = pytest.mark.parametrize("name", sorted(APIS))


def use(settings: Settings, provider: Provider) -> None:
    """Send through ``provider``."""
    settings.MAIL_URL = f"anymail://{provider.api.name}"
    settings.ANYMAIL = provider.api.settings(provider.port)


def nobody_was_charged(mailing: Mailing) -> bool:
    """All rows are ready as if nothing had been tried, and the transport rests."""
    rows = mailing.deliveries.values_list("state", "attempts", "doubts")
    resting = Transport.objects.get(state=TransportState.PAUSED)
    return set(rows) == {(READY, 0, 0)} and bool(resting.reason)
