"""Signed mail as a relay receives it: believed by dkimpy and by us, proved by what is published."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.dkim.verifying import NotSigned, verify
from newsletters.mails import MailType
from newsletters.models import Alarm, Contact, Delivery, DkimKey, MailingVersion
from newsletters.sending import dkim, engine
from newsletters.services import digests, dkim_keys, expansion, outgoing
from newsletters.services.outgoing import Recipient
from newsletters.states import AlarmKind, DeliveryState, Lane
from tests.factories.articles import ArticleFactory
from tests.factories.newsletters import DigestFactory, UserFactory
from tests.infra.dkimpy import holds
from tests.infra.dns import Zone
from tests.infra.provider import serving
from tests.infra.providers import APIS
from tests.infra.signing import Published, signing_key
from tests.newsletters.test_mails import all_mails, sample
from tests.sink import Sink
from tests.stories import half_sent, members

pytestmark = pytest.mark.django_db(transaction=True)

DOMAIN = "example.org"
SENDER = f"campaign@{DOMAIN}"


@pytest.fixture
def relay(smtp_sink: Sink, settings: Settings) -> Sink:
    """Mail leaves over SMTP, from a domain that can have keys."""
    settings.MAIL_URL = f"smtp://127.0.0.1:{smtp_sink.port}?tls=none"
    settings.MAIL_FROM = SENDER
    settings.POSTAL_ADDRESS = "Free Karsh, 12 Harbour Road, 4000 Orrin"
    smtp_sink.script.smtputf8 = True
    return smtp_sink


@pytest.fixture
def keys(zone: Zone) -> list[Published]:
    """A key of each algorithm that signs."""
    return [signing_key(zone, DOMAIN, algorithm) for algorithm in ("rsa", "ed25519")]


def received(sink: Sink) -> list[bytes]:
    """Send what is due; the mails the relay has now."""
    for lane in Lane:
        engine.run(lane)
    return [message.data for message in sink.messages]


def check_believed(mail: bytes, keys: list[Published]) -> None:
    """Each key signed ``mail``, and what the DNS says proves it."""
    published = {key.entry.name: key.zone.txt[key.entry.name][0] for key in keys}
    assert verify(mail, published.get) == [DOMAIN] * len(keys)
    assert holds(mail, published) == [True] * len(keys)
    assert message_from_bytes(mail, policy=policy.default)["From"].addresses[0].domain == DOMAIN


def appeal(people: int = 1, **parts: str) -> None:
    """A mailing in SENDING from our domain; ``parts`` stand in place of its own."""
    half_sent(people)
    version = MailingVersion.objects.get()
    version.parts["en"][""].update(parts)
    version.sender = f"Für Mira <{SENDER}>"
    version.save()


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"subject": "Schreibt für Mira Osk, {{ given_name }}: " + "سلام " * 30},
        {"text": "", "html": ""},
        {"text": ".\n..two\n. {{ given_name }}\n.\n", "html": "<p>\n.\n</p>\n\n\n"},
        {"text": "two  spaces \t and more   \n   indented\n" * 900, "html": "<p>  x  </p>" * 2000},
        {"text": "{{ unsubscribe_url }}", "html": "{% if given_name %}Yes  {% endif %}"},
    ],
    ids=["plain", "subject", "empty", "dots", "long", "liquid"],
)
def test_an_appeal_is_believed_as_it_is_received(
    relay: Sink, keys: list[Published], parts: dict[str, str]
) -> None:
    appeal(3, **parts)
    Contact.objects.filter(email="p1@example.org").update(given_name="  Zoë   Ω. \t")
    Delivery.objects.filter(address="p2@example.org").update(address="анна@example.org")
    mails = received(relay)
    assert len(mails) == 3
    for mail in mails:
        check_believed(mail, keys)
        assert b"list-unsubscribe-post" in mail.partition(b"From:")[0]


def test_a_changed_byte_on_the_way_is_noticed(relay: Sink, keys: list[Published]) -> None:
    appeal()
    (mail,) = received(relay)
    published = {key.entry.name: key.entry.value for key in keys}
    for there, changed in (
        (b"Prison 4", b"Prison 5"),
        (b"Subject: Write", b"Subject: Wrote"),
        (b"To: p0@", b"To: p1@"),
        (b"=One-Click", b"=No"),
    ):
        assert there in mail
        altered = mail.replace(there, changed)
        assert not any(holds(altered, published))
        with pytest.raises(NotSigned):
            verify(altered, published.get)


def test_every_mail_of_the_program_is_signed(relay: Sink, keys: list[Published]) -> None:
    mails: list[MailType] = list(all_mails())
    for number, mail in enumerate(mails):
        context: dict[str, object] = {name: sample(name) for name in mail.context}
        outgoing.queue(mail=mail, to=Recipient(f"reader{number}@example.net"), context=context)
    found = received(relay)
    assert len(found) == len(mails)
    for message in found:
        check_believed(message, keys)
        assert b"auto-submitted" in message.partition(b"From:")[0]


def test_a_digest_is_signed_whatever_each_reader_gets_of_it(
    relay: Sink, keys: list[Published]
) -> None:
    now, past = timezone.now(), timezone.now() - timedelta(days=7)
    digest = DigestFactory(
        mailing_list=members(4),
        weekday=now.weekday(),
        hour=now.hour,
        covered_until=past,
        planned_from=past,
    )
    for _ in range(3):
        ArticleFactory(published_at=now - timedelta(days=1))
    digests.issue_due()
    by = UserFactory(permissions=["newsletters.approve_mailing"])
    digests.approve(issue=digest.issues.get(), by=by)
    expansion.expand(mailing_id=digest.issues.get().mailing_id)
    mails = received(relay)
    assert len(mails) == 4
    for mail in mails:
        check_believed(mail, keys)


def test_the_same_mail_is_signed_alike_when_it_is_sent_again(
    relay: Sink, keys: list[Published]
) -> None:
    appeal()
    received(relay)
    Delivery.objects.update(state=DeliveryState.READY)
    first, second = received(relay)
    assert first == second
    check_believed(first, keys)


def test_nothing_is_signed_with_a_key_that_has_not_passed_or_for_another_domain(
    relay: Sink, keys: list[Published]
) -> None:
    half_sent(1)
    DkimKey.objects.update(verified_at=None)
    outgoing.queue(
        mail=next(iter(all_mails())),
        to=Recipient("anna@example.net"),
        context={name: sample(name) for name in next(iter(all_mails())).context},
    )
    mails = received(relay)
    assert len(mails) == 2
    assert not any(b"DKIM-Signature" in mail for mail in mails)


@pytest.mark.parametrize("name", ["mailgun", "amazon_ses"])
def test_a_provider_that_takes_finished_mails_gets_them_without_our_signature(
    relay: Sink, keys: list[Published], settings: Settings, name: str
) -> None:
    with serving(APIS[name]) as provider:
        settings.MAIL_URL = f"anymail://{name}"
        settings.ANYMAIL = provider.api.settings(provider.port)
        appeal(2)
        assert engine.run(Lane.BULK) == 2
        assert len(provider.taken) == 2
        assert not any("DKIM-Signature" in letter.headers for letter in provider.taken)
        # What the provider signs needs no key of ours: none is even looked for.
        dkim_keys.path_of(keys[0].key).unlink()
        Delivery.objects.update(state=DeliveryState.READY)
        assert engine.run(Lane.BULK) == 2
        assert not Alarm.objects.exists()


def test_a_record_that_is_gone_stops_the_signing_at_the_next_turn(
    relay: Sink, keys: list[Published]
) -> None:
    appeal(2)
    last = Delivery.objects.order_by("pk").last()
    assert last
    Delivery.objects.filter(pk=last.pk).update(due_at=timezone.now() + timedelta(hours=1))
    (first,) = received(relay)
    check_believed(first, keys)
    for key in keys:
        key.zone.publish(key.entry.name)
    dkim_keys.verify_all()
    Delivery.objects.filter(pk=last.pk).update(due_at=timezone.now())
    _first, second = received(relay)
    assert b"DKIM-Signature" not in second
    assert Alarm.objects.count() == 2


def test_a_worker_without_the_private_file_sends_unsigned_and_says_so(
    relay: Sink, keys: list[Published]
) -> None:
    rsa, ed25519 = keys
    path = dkim_keys.path_of(rsa.key)
    kept = path.read_bytes()
    path.unlink()
    appeal()
    (mail,) = received(relay)
    check_believed(mail, [ed25519])
    assert list(Alarm.objects.values_list("kind", flat=True)) == [AlarmKind.DKIM_FILE]
    # It is brought back: the next turn signs with it, and the alarm is over.
    path.write_bytes(kept)
    Delivery.objects.update(state=DeliveryState.READY)
    check_believed(received(relay)[-1], keys)
    assert not Alarm.objects.exists()


def test_loading_the_signers_asks_the_database_once(
    keys: list[Published], django_assert_num_queries
) -> None:
    dkim.load()
    with django_assert_num_queries(1):
        signers = dkim.load()
    assert signers.of(f"Free Mira <{SENDER.upper()}>")
    assert not signers.of("Free Mira <campaign@news.example.org>")
    assert not signers.of("nonsense")
