"""Keys that sign mail: made, proved against the DNS, taken out of use.

Nothing is ever signed with a key that has not passed ``verify``.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.dkim import files, keys, lookup, records
from newsletters.dkim.keys import KeyUnusable
from newsletters.dkim.records import RecordUnusable
from newsletters.dkim.signing import Signer, SigningKey
from newsletters.dkim.verifying import NotSigned
from newsletters.dkim.verifying import verify as verify_mail
from newsletters.errors import SenderDomainRefused
from newsletters.models import Alarm, DkimKey, SenderDomain
from newsletters.services import alarms, sender_domains
from newsletters.states import AlarmKind, DkimAlgorithm, DkimFinding

log = structlog.get_logger("newsletters.dkim")

# RFC 6376 section 3.1, as one label.
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What leaves a key as it was: the next look may say something else.
NOTHING_LEARNED = frozenset({DkimFinding.UNANSWERED, DkimFinding.NO_FILE})
SAMPLE_HEAD = (
    b"From: sample@%b\r\nTo: sample@%b\r\nSubject: A sample that is never sent\r\n"
    b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <sample@%b>\r\n"
)
SAMPLE_BODY = b"Signed to prove a key.\r\n"


@dataclass(frozen=True)
class NewKey:
    """What kind of key, and under which name; without a selector one is made up."""

    algorithm: str = DkimAlgorithm.RSA
    selector: str = ""


def make(*, domain: str, new: NewKey) -> DkimKey:
    """A key pair for ``domain``, which becomes a sender domain if it was none. Signs nothing yet.

    The private half is a file of mode 0600 on this machine (``path_of``). Raises
    SenderDomainRefused ("domain", "selector", "file"); then there is neither row nor file.
    """
    name = sender_domains.read(domain)
    selector = new.selector.strip().lower() or _free_selector(name, new.algorithm)
    if not SELECTOR.fullmatch(selector):
        sentence = _("A selector is made of letters, digits and hyphens, like hb1; at most 63.")
        raise SenderDomainRefused("selector", sentence)
    private = keys.generate(new.algorithm)
    path = files.path_of(Path(settings.DKIM_ROOT), name, selector)
    try:
        # The row goes when the file cannot be written.
        with transaction.atomic():
            key = _row(name, selector, private)
            files.store(path, private)
    except (IntegrityError, FileExistsError):
        sentence = _("There is a key with the selector %(selector)s already; choose another.")
        raise SenderDomainRefused("selector", sentence % {"selector": selector}) from None
    except OSError as error:
        sentence = _("The key cannot be written to %(path)s: %(why)s.")
        said = {"path": path, "why": error.strerror}
        raise SenderDomainRefused("file", sentence % said) from error
    return key


def path_of(key: DkimKey) -> Path:
    """Where the private half of ``key`` lies on the machine it was made on."""
    return files.path_of(Path(settings.DKIM_ROOT), key.domain.domain, key.selector)


def verify(*, key: DkimKey) -> DkimFinding:
    """Look ``key`` up in the DNS and prove a signature with what is published there.

    HOLDS sets ``verified_at``: mail is signed from the next turn of each worker
    on. A record that is gone, changed or unusable takes it away, because mail
    without a signature arrives better than mail with a broken one, and raises an
    alarm when no other key of its kind signs. No answer changes nothing.
    """
    finding = _look(key)
    log.info("dkim_checked", key=key.pk, finding=str(finding))
    if finding is DkimFinding.HOLDS:
        key.verified_at = timezone.now()
        DkimKey.objects.filter(pk=key.pk).update(verified_at=key.verified_at)
        _clear(key)
    elif finding is DkimFinding.NO_FILE:
        note_missing(key=key)
    elif finding not in NOTHING_LEARNED:
        _withdraw(key)
    return finding


def verify_all() -> int:
    """Look every key up again that signs, or that signed until its record went. Returns how many.

    A key that was never published is left alone: nobody has promised it yet.
    """
    gone = lost()
    found = 0
    for key in DkimKey.objects.select_related("domain").order_by("pk").iterator():
        if key.verified_at is not None or key.pk in gone:
            verify(key=key)
            found += 1
    return found


def lost() -> set[int]:
    """The keys that signed until their record went, as their open alarms say."""
    open_ = Alarm.objects.filter(kind=AlarmKind.DKIM_RECORD).values_list("key", flat=True)
    return {int(name.rpartition(":")[2]) for name in open_}


def note_missing(*, key: DkimKey) -> None:
    """The private half of a key that should sign is not on this machine: tell staff."""
    if key.verified_at is not None:
        _raise(key, AlarmKind.DKIM_FILE, file_alarm(key.pk))


def note_found(*, key_id: int) -> None:
    """A private half was read."""
    alarms.clear(key=file_alarm(key_id))


@transaction.atomic
def retire(*, key: DkimKey) -> None:
    """Sign nothing with ``key`` any more, and forget it with its file and its alarms."""
    path = path_of(key)
    _clear(key)
    DkimKey.objects.filter(pk=key.pk).delete()
    transaction.on_commit(lambda: files.forget(path))


def record_alarm(key_id: int) -> str:
    """The alarm about the DNS record of a key."""
    return f"dkim_record:{key_id}"


def file_alarm(key_id: int) -> str:
    """The alarm about the private file of a key."""
    return f"dkim_file:{key_id}"


def _row(domain: str, selector: str, private: keys.PrivateKey) -> DkimKey:
    sender_domain, _is_new = SenderDomain.objects.get_or_create(domain=domain)
    return DkimKey.objects.create(
        domain=sender_domain,
        selector=selector,
        algorithm=private.algorithm,
        public_key=private.public,
    )


def _free_selector(domain: str, algorithm: str) -> str:
    """hb-rsa-202611, and when that is taken hb-rsa-202611-2 and so on."""
    beginning = f"hb-{algorithm}-{timezone.now():%Y%m}"
    taken = DkimKey.objects.filter(domain__domain=domain, selector__startswith=beginning).count()
    return f"{beginning}-{taken + 1}" if taken else beginning


def _look(key: DkimKey) -> DkimFinding:
    try:
        found = lookup.txt(records.name_of(key.selector, key.domain.domain), settings.DNS_RESOLVERS)
    except lookup.Unanswered as error:
        log.warning("dns_unanswered", key=key.pk, reason=str(error))
        return DkimFinding.UNANSWERED
    if not found:
        return DkimFinding.MISSING
    if len(found) > 1:
        # RFC 6376 section 3.6.2.2: which of them a receiver reads is anybody's guess.
        return DkimFinding.SEVERAL
    return _judge(key, found[0])


def _judge(key: DkimKey, text: str) -> DkimFinding:
    try:
        record = records.read(text)
    except RecordUnusable as error:
        return DkimFinding.REVOKED if error.code == "revoked" else DkimFinding.UNUSABLE
    if (record.algorithm, record.public) != (key.algorithm, key.public_key):
        return DkimFinding.OTHER_KEY
    try:
        private = files.load(path_of(key), key.public_key)
    except KeyUnusable as error:
        log.warning("dkim_file_unusable", key=key.pk, reason=str(error))
        return DkimFinding.NO_FILE
    return DkimFinding.HOLDS if _is_proved(key, private, text) else DkimFinding.UNUSABLE


def _is_proved(key: DkimKey, private: keys.PrivateKey, text: str) -> bool:
    """A sample signed with the private half, verified with nothing but what is published."""
    domain = key.domain.domain
    head = SAMPLE_HEAD % ((domain.encode("ascii"),) * 3)
    signer = Signer([SigningKey(domain, key.selector, private)])
    mail = signer.sign(head, SAMPLE_BODY, int(timezone.now().timestamp()))
    name = records.name_of(key.selector, domain)
    try:
        return verify_mail(mail + head + b"\r\n" + SAMPLE_BODY, {name: text}.get) == [domain]
    except NotSigned as error:
        log.warning("dkim_unproved", key=key.pk, reason=str(error))
        return False


def _withdraw(key: DkimKey) -> None:
    key.verified_at = None
    signed = DkimKey.objects.filter(pk=key.pk, verified_at__isnull=False)
    if signed.update(verified_at=None) != 1:
        return
    alike = DkimKey.objects.filter(domain=key.domain_id, algorithm=key.algorithm)
    if not alike.filter(verified_at__isnull=False).exists():
        _raise(key, AlarmKind.DKIM_RECORD, record_alarm(key.pk))


def _raise(key: DkimKey, kind: AlarmKind, name: str) -> None:
    details = {"domain": key.domain.domain, "selector": key.selector}
    alarms.raise_(key=name, kind=kind, details=details)


def _clear(key: DkimKey) -> None:
    alarms.clear(key=record_alarm(key.pk))
    alarms.clear(key=file_alarm(key.pk))
