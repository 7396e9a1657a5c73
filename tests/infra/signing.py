"""Sender domains whose keys are really published: on a DNS server of the test."""

from dataclasses import dataclass

from newsletters.dkim.records import Entry
from newsletters.models import DkimKey
from newsletters.selectors import sender_domains
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
    def entry(self) -> Entry:
        """The record that has to be there."""
        return sender_domains.entry_of(self.key)

    def publish(self) -> None:
        """Put the right record there."""
        self.zone.publish(self.entry.name, self.entry.value)


def made_key(zone: Zone, domain: str, algorithm: str = "rsa") -> Published:
    """A new key, not published yet."""
    return Published(dkim_keys.make(domain=domain, new=NewKey(algorithm)), zone)


def signing_key(zone: Zone, domain: str, algorithm: str = "rsa") -> Published:
    """A new key that is published, has passed its proof and signs."""
    made = made_key(zone, domain, algorithm)
    made.publish()
    assert dkim_keys.verify(key=made.key) is DkimFinding.HOLDS
    return made
