"""Sender domains whose keys are really published: on a DNS server of the test."""

from dataclasses import dataclass

from newsletters.dkim import records
from newsletters.models import DkimKey
from newsletters.services import dkim_keys
from newsletters.services.dkim_keys import NewKey
from newsletters.states import DkimFinding
from tests.infra.dns import Zone


@dataclass(frozen=True)
class Published:
    """A key and where its record stands."""

    key: DkimKey
    zone: Zone

    @property
    def name(self) -> str:
        """The name of the record."""
        return records.name_of(self.key.selector, self.key.domain.domain)

    @property
    def value(self) -> str:
        """What the record must say."""
        return records.value_of(self.key.algorithm, self.key.public_key)

    def publish(self) -> None:
        """Put the right record there."""
        self.zone.publish(self.name, self.value)


def made_key(zone: Zone, domain: str, algorithm: str = "rsa") -> Published:
    """A new key, not published yet."""
    return Published(dkim_keys.make(domain=domain, new=NewKey(algorithm)), zone)


def signing_key(zone: Zone, domain: str, algorithm: str = "rsa") -> Published:
    """A new key that is published, has passed its proof and signs."""
    made = made_key(zone, domain, algorithm)
    made.publish()
    assert dkim_keys.verify(key=made.key) is DkimFinding.HOLDS
    return made
