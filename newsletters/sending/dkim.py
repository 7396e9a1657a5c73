"""Who signs a mail: the keys that passed their proof and whose private half is on this machine."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import structlog
from django.conf import settings

from newsletters.addresses.domains import author_domain
from newsletters.dkim import files
from newsletters.dkim.keys import KeyUnusable
from newsletters.dkim.signing import Signer, SigningKey
from newsletters.selectors import sender_domains
from newsletters.services import dkim_keys

log = structlog.get_logger("newsletters.sending")

# Every mail of a mailing has the same From; reading it takes longer than looking it up.
_domain_of = lru_cache(maxsize=1024)(author_domain)
# Keys this process has had in its hands: the alarm about their file is over.
_had: set[int] = set()


class Signers:
    """The signers of one turn of a worker, by the domain in the From line."""

    def __init__(self, signers: dict[str, Signer]) -> None:
        self._signers = signers

    def of(self, sender: str) -> Signer | None:
        """Who signs mail from ``sender``; None: it goes out as it is."""
        return self._signers.get(_domain_of(sender)) if self._signers else None


def load() -> Signers:
    """The signers as the rows and files stand now (one query). Talks to the database.

    A verified key whose file is missing here, or holds another key, signs
    nothing and raises an alarm.
    """
    found: dict[str, list[SigningKey]] = defaultdict(list)
    for key in sender_domains.signing_keys():
        path = files.path_of(Path(settings.DKIM_ROOT), key.domain.domain, key.selector)
        try:
            private = files.load(path, key.public_key)
        except KeyUnusable as error:
            log.warning("dkim_file_unusable", key=key.pk, reason=str(error))
            _had.discard(key.pk)
            dkim_keys.note_missing(key=key)
            continue
        if key.pk not in _had:
            dkim_keys.note_found(key_id=key.pk)
            _had.add(key.pk)
        found[key.domain.domain].append(SigningKey(key.domain.domain, key.selector, private))
    return Signers({domain: Signer(keys) for domain, keys in found.items()})
