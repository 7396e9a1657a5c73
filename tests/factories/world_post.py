"""Post of a test world, in every state that has pages of its own."""

from datetime import timedelta

from django.utils import timezone

from newsletters.models import (
    Allowance,
    Delivery,
    DeliveryEvent,
    DigestIssue,
    DkimKey,
    Mailing,
    ReceiverPace,
    SenderDomain,
    TrackedLink,
    Transport,
)
from newsletters.sending import outbox
from newsletters.sending.feed import Envelope
from newsletters.services import allowances
from newsletters.states import (
    DeliveryState,
    DkimAlgorithm,
    Heard,
    IssueState,
    MailingState,
    TransportState,
)
from tests.factories.newsletters import (
    DeliveryFactory,
    DigestFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    MailingVersionFactory,
)
from tests.factories.places import Arguments, pks

DIGEST_ITEM = {
    "key": "article:1",
    "section": "articles",
    "title": "Harbour workers stay out",
    "url": "https://example.org/news/harbour/",
    "summary": "Four hundred have not gone back.",
    "language": "en",
    "published_at": "2026-11-01T09:00:00+00:00",
    "topics": [],
}


def mailings() -> dict[str, list[Arguments]]:
    """A mailing in every state, a digest and its issues."""
    rows = []
    for state in MailingState:
        row = MailingFactory(state=state, lists=[MailingListFactory()], pause_reason="The relay.")
        MailingTextFactory(mailing=row)
        if state != MailingState.DRAFT:
            version = MailingVersionFactory(mailing=row)
            for number, delivery in enumerate(DeliveryState):
                mail = DeliveryFactory(
                    mailing=row, version=version, state=delivery, last_text=f"reply {number}"
                )
                if state == MailingState.SENT and delivery == DeliveryState.ACCEPTED:
                    read_by_her(row, mail)
        rows.append(row)
    digest = DigestFactory()
    now = timezone.now()
    issues = [
        DigestIssue.objects.create(
            digest=digest,
            period_start=now - timedelta(days=7 * number),
            period_end=now - timedelta(days=7 * number - 7),
            state=state,
            mailing=MailingFactory() if state == IssueState.DRAFT else None,
            items=[DIGEST_ITEM],
        )
        for number, state in enumerate(IssueState)
    ]
    return {
        **{
            f"staff:mailing{step}": pks(*rows)
            for step in (
                "", "_heading", "_language", "_audience", "_tracking", "_preview", "_frame",
                "_test", "_schedule", "_move", "_progress", "_people", "_held", "_unsure",
            )
        },
        "staff:mailing_text": [{"pk": row.pk, "language": "en"} for row in rows],
        **{f"staff:digest{step}": pks(digest) for step in ("", "_edit", "_today")},
        **{f"staff:digest_issue{step}": pks(*issues) for step in ("", "_approve", "_skip")},
    }  # fmt: skip


def read_by_her(mailing: Mailing, delivery: Delivery) -> None:
    """The mail was opened and a link in it followed, in a mailing that is counted."""
    mailing.counts_opens = mailing.counts_clicks = True
    mailing.save()
    about = {"delivery": delivery, "contact": delivery.contact, "mailing": mailing}
    link = TrackedLink.objects.create(mailing=mailing, url=f"https://example.org/{'write' * 30}")
    for kind, followed in ((Heard.OPENED, None), (Heard.CLICKED, link)):
        DeliveryEvent.objects.create(**about, kind=kind, link=followed, happened_at=timezone.now())


def kept_mail(mail: bytes) -> dict[str, list[Arguments]]:
    """One mail that was kept instead of sent."""
    path = outbox.write(Envelope(1, "bounce@example.org", "b@example.org", mail))
    place = {"day": path.parent.name, "name": path.stem}
    return {f"staff:outbox_{part}": [place] for part in ("mail", "body", "source")}


def sender_domains() -> dict[str, list[Arguments]]:
    """One that signs, warms up and changes keys; one that waits; one without a key."""
    today = timezone.now()
    rows = [
        SenderDomain.objects.create(domain=name, warm_up_from=begun)
        for name, begun in (
            ("example.org", today.date()), ("news.example.org", None), ("example.net", None)
        )
    ]  # fmt: skip
    rsa, ed25519 = DkimAlgorithm
    keys = [
        DkimKey.objects.create(
            domain=domain, selector=selector, algorithm=algorithm, public_key=public, verified_at=at
        )
        for domain, selector, algorithm, public, at in (
            (rows[0], "hb-rsa-202610", rsa, "QUJD" * 98, today),
            (rows[0], "hb-rsa-202611", rsa, "REVG" * 98, today),
            (rows[0], "hb-ed25519-202611", ed25519, "R0hJ" * 11, None),
            (rows[1], "hb-rsa-202611", rsa, "SktM" * 98, None),
        )
    ]
    return {
        "staff:sender_domain": pks(*rows),
        **{f"staff:dkim_key_{act}": pks(*keys) for act in ("check", "retire")},
    }


def transports() -> dict[str, list[Arguments]]:
    """One that rests, with limits of which one is used up, and a slow receiver."""
    now = timezone.now()
    row = Transport.objects.create(
        name="main",
        state=TransportState.PAUSED,
        failures=2,
        retry_at=now + timedelta(minutes=2),
        reason="auth: 535 5.7.8 Authentication credentials invalid",
        per_hour=1000,
        per_day=5000,
        per_second=20,
    )
    row.sender_domains.set(SenderDomain.objects.all()[:1])
    Allowance.objects.create(key="transport:main:day", began_at=allowances.day_of(now), used=5000)
    pace = ReceiverPace.objects.create(
        transport=row,
        domain="a-very-long-name-of-a-receiving-domain.example.org",
        per_second=0.5,
        slowed_at=now,
        reason="421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints",
    )
    return {
        **{f"staff:transport{act}": pks(row) for act in ("", "_try")},
        "staff:pace_forget": pks(pace),
    }
