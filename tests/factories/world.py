"""One row of everything in every state that has pages of its own, and where each is found."""

from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns.models import Campaign, CaseEntry, Redirect
from campaigns.services.pictures import re_encode
from campaigns.states import ActionState, ArticleState
from campaigns.tokens import CONFIRM_LETTER
from newsletters import tokens
from newsletters.addresses import address_key
from newsletters.models import (
    AddressChange,
    Allowance,
    BulkChange,
    BulkKind,
    BulkState,
    Contact,
    CustomField,
    DigestIssue,
    DkimKey,
    Double,
    Export,
    ExportFormat,
    ImportRowError,
    Note,
    OtherAddress,
    ReceiverPace,
    Segment,
    SenderDomain,
    Suppression,
    Tag,
    Transport,
)
from newsletters.selectors.people import Query
from newsletters.sending import outbox
from newsletters.sending.feed import Envelope
from newsletters.services import allowances, exports, imports, merges
from newsletters.states import (
    DeliveryState,
    DkimAlgorithm,
    ImportState,
    IssueState,
    MailingState,
    SubscriptionState,
    SuppressionReason,
    SuppressionScope,
    TransportState,
)
from petitions import tokens as petition_tokens
from petitions.models import Milestone
from petitions.states import PetitionState, SignatureState
from tests.factories.articles import ArticleFactory, CategoryFactory, picture
from tests.factories.campaigns import ActionFactory, CaseFactory, LetterFactory, TargetFactory
from tests.factories.newsletters import (
    ContactFactory,
    DeliveryFactory,
    DigestFactory,
    MailingFactory,
    MailingListFactory,
    MailingTextFactory,
    MailingVersionFactory,
    SubscriptionFactory,
    TopicFactory,
    UserFactory,
)
from tests.factories.petitions import PetitionFactory, SignatureFactory

Arguments = dict[str, Any]
SHEET = b"email,name,tags\nana@example.org,Ana Marku,press\nnot an address,Bo,\n"
MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: A test\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Words</p>\r\n"
)
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


def build(sheet: bytes = SHEET, mail: bytes = MAIL) -> dict[str, list[Arguments]]:
    """Make the rows. Returns for each door that takes arguments what may stand in its address."""
    campaign = Campaign.objects.create(name="Free Mira", slug="free-mira", summary="A nurse.")
    return {
        **_people(sheet),
        **_mailings(),
        **_outbox(mail),
        **_sender_domains(),
        **_transports(),
        **_words(campaign),
        **_actions(campaign),
        **_petitions(campaign),
    }


def _pks(*rows: Any) -> list[Arguments]:
    return [{"pk": row.pk} for row in rows]


def _people(sheet: bytes) -> dict[str, list[Arguments]]:
    contact, left = ContactFactory(), ContactFactory()
    contact.tags.add(Tag.objects.create(name="press"))
    contact.topics.add(TopicFactory())
    lists = [MailingListFactory(), MailingListFactory(is_public=False, is_sensitive=True)]
    SubscriptionFactory(contact=contact, mailing_list=lists[0])
    SubscriptionFactory(contact=contact, mailing_list=lists[1], state=SubscriptionState.PENDING)
    Suppression.objects.create(
        address_key=left.address_key,
        scope=SuppressionScope.ALL,
        reason=SuppressionReason.BLOCKED,
        detail="asked on the phone",
        since=timezone.now(),
    )
    segment = Segment.objects.create(
        name="English", rule={"all": [{"condition": "language", "operator": "is", "value": "en"}]}
    )
    delivery = DeliveryFactory(contact=contact, mailing_list=lists[0])
    jobs = [_import(sheet, state) for state in ImportState]
    return {
        **_person(contact, left),
        **_work(),
        "staff:list": _pks(*lists),
        **dict.fromkeys(("staff:segment", "staff:segment_delete"), _pks(segment)),
        **{
            f"staff:import_{step}": _pks(*jobs)
            for step in (
                "map", "check", "report", "refused", "progress", "apply", "stop", "undo"
            )
        },
        "newsletters:confirm": [_token(tokens.CONFIRM_SUBSCRIPTION, contact.pk)],
        "newsletters:preferences": [_token(tokens.PREFERENCES, contact.pk)],
        "newsletters:fresh_link": [_token(tokens.PREFERENCES, contact.pk)],
        "newsletters:new_address": [_token(tokens.PREFERENCES, contact.pk)],
        "newsletters:address": [_address_change(contact)],
        "newsletters:unsubscribe": [
            {"token": tokens.seal(tokens.UNSUBSCRIBE, delivery.pk, contact.pk, lists[0].pk)}
        ],
    }  # fmt: skip


def _work() -> dict[str, list[Arguments]]:
    """Changes to many people and exports, in every state."""
    by, terms = UserFactory(), {"tag": 0, "name": "vigil"}
    changes = [
        BulkChange.objects.create(
            kind=BulkKind.ADD_TAG, terms=terms, state=state, total=3, done=1, changed=1, error="No."
        )
        for state in BulkState
    ]
    taken = [exports.start(query=Query(), written_as=ExportFormat.CSV, by=by)]
    taken += [Export.objects.create(state=state, total=3, created_by=by) for state in BulkState]
    acts = ("", "_progress", "_stop")
    return {
        **{f"staff:bulk{act}": _pks(*changes) for act in (*acts, "_undo")},
        **{f"staff:export{act}": _pks(*taken) for act in (*acts, "_file")},
    }


def _person(contact: Contact, left: Contact) -> dict[str, list[Arguments]]:
    """What staff see of one person, and the fields there are for everybody."""
    field = CustomField.objects.create(
        name="Shirt size", key="shirt_size", kind="choice", choices=["S", "M"], hint="For the stall"
    )
    contact.attributes = {"shirt_size": "M"}
    contact.save(update_fields=["attributes"])
    email = "second@example.net"
    other = OtherAddress.objects.create(
        contact=contact, email=email, email_typed=email, address_key=address_key(email)
    )
    note = Note.objects.create(contact=contact, text="Calls in the evening.")
    Double.objects.create(
        first_id=contact.pk, second_id=left.pk, reason="name", seen_at=timezone.now()
    )
    pair = {"first": contact.pk, "second": left.pk}
    twice = [ContactFactory(), ContactFactory()]
    merge = merges.merge(pair=merges.Pair(*twice), choices={}, by=UserFactory())
    acts = ("", "_edit", "_take_off", "_block", "_unblock", "_addresses", "_note_add")
    return {
        **{f"staff:person{act}": _pks(contact, left) for act in acts},
        **{
            f"staff:person_address_{act}": [{"pk": contact.pk, "other": other.pk}]
            for act in ("first", "remove")
        },
        **dict.fromkeys(("staff:double", "staff:double_different"), [pair]),
        "staff:double_with": _pks(contact),
        "staff:merge_undo": _pks(merge),
        "staff:person_note_delete": [{"pk": contact.pk, "note": note.pk}],
        **{f"staff:custom_field{act}": _pks(field) for act in ("", "_move", "_delete")},
    }


def _address_change(contact: Contact) -> Arguments:
    """One that waits for its answer."""
    typed = "new@example.org"
    change = AddressChange.objects.create(contact=contact, email=typed, email_typed=typed)
    token = tokens.seal(tokens.CHANGE_ADDRESS, change.pk, contact.pk)
    return {"token": token}


def _import(sheet: bytes, state: ImportState) -> Any:
    upload = SimpleUploadedFile("people.csv", sheet, content_type="text/csv")
    job = imports.create(file=upload, user=UserFactory())
    ImportRowError.objects.create(
        job=job, row=3, column="email", message="This is no address.", cells=["not an address"]
    )
    job.state = state
    job.save()
    return job


def _mailings() -> dict[str, list[Arguments]]:
    rows = []
    for state in MailingState:
        row = MailingFactory(state=state, lists=[MailingListFactory()], pause_reason="The relay.")
        MailingTextFactory(mailing=row)
        if state != MailingState.DRAFT:
            version = MailingVersionFactory(mailing=row)
            for number, delivery in enumerate(DeliveryState):
                DeliveryFactory(
                    mailing=row, version=version, state=delivery, last_text=f"reply {number}"
                )
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
            f"staff:mailing{step}": _pks(*rows)
            for step in (
                "", "_heading", "_language", "_audience", "_preview", "_frame", "_test",
                "_schedule", "_move", "_progress", "_people", "_held", "_unsure",
            )
        },
        "staff:mailing_text": [{"pk": row.pk, "language": "en"} for row in rows],
        **{f"staff:digest{step}": _pks(digest) for step in ("", "_edit", "_today")},
        **{f"staff:digest_issue{step}": _pks(*issues) for step in ("", "_approve", "_skip")},
    }  # fmt: skip


def _outbox(mail: bytes) -> dict[str, list[Arguments]]:
    path = outbox.write(Envelope(1, "bounce@example.org", "b@example.org", mail))
    place = {"day": path.parent.name, "name": path.stem}
    return {f"staff:outbox_{part}": [place] for part in ("mail", "body", "source")}


def _sender_domains() -> dict[str, list[Arguments]]:
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
        "staff:sender_domain": _pks(*rows),
        **{f"staff:dkim_key_{act}": _pks(*keys) for act in ("check", "retire")},
    }


def _transports() -> dict[str, list[Arguments]]:
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
        **{f"staff:transport{act}": _pks(row) for act in ("", "_try")},
        "staff:pace_forget": _pks(pace),
    }


def _words(campaign: Campaign) -> dict[str, list[Arguments]]:
    category = CategoryFactory()
    shown = ArticleFactory(
        categories=[category],
        campaign=campaign,
        source_name="Karsh Daily",
        source_url="https://example.org/karsh",
        picture_caption="The harbour",
    )
    file = re_encode(picture())
    shown.picture = default_storage.save(f"articles/{file.name}", file)
    shown.picture_alt = "A harbour"
    shown.save()
    draft = ArticleFactory(state=ArticleState.DRAFT)
    Redirect.objects.create(old_path="/news/old-words/", article=shown)
    folder, _slash, name = shown.picture.name.partition("/")
    month = {"year": str(shown.published_at.year), "month": f"{shown.published_at.month:02}"}
    return {
        **dict.fromkeys(
            ("staff:article", "staff:article_preview", "staff:article_unpublish"),
            _pks(shown, draft),
        ),
        "campaigns:article": [{"slug": shown.slug}, {"slug": draft.slug}, {"slug": "old-words"}],
        "campaigns:category": [{"slug": category.slug}],
        "campaigns:month": [month],
        "campaigns:picture": [{"folder": folder, "name": name}],
    }


def _actions(campaign: Campaign) -> dict[str, list[Arguments]]:
    target = TargetFactory()
    case = CaseFactory(campaign=campaign, sentence="Nine years", other_names="M. Osk")
    CaseEntry.objects.create(
        case=case, happened_on=timezone.now().date(), text="Taken to the prison hospital."
    )
    rows = [
        ActionFactory(
            state=state, case=case, campaign=campaign, targets=[target], outcome="She is free."
        )
        for state in ActionState
    ]
    slugs = [{"slug": row.slug} for row in rows]
    letter = LetterFactory(action=rows[1], target=target)
    return {
        **{f"staff:action{step}": _pks(*rows) for step in ("", "_open", "_close")},
        "staff:case": _pks(case),
        "staff:target": _pks(target),
        "campaigns:case": [{"slug": case.slug}],
        "campaigns:action": slugs,
        "campaigns:letter_write": slugs,
        "campaigns:letter_print": slugs,
        "campaigns:letter_sent": slugs,
        "campaigns:letter_confirm": [_token(CONFIRM_LETTER, letter.pk)],
    }


def _petitions(campaign: Campaign) -> dict[str, list[Arguments]]:
    rows = [
        PetitionFactory(state=state, campaign=campaign, news_list=MailingListFactory())
        for state in PetitionState
    ]
    for row in rows:
        Milestone.objects.create(petition=row, goal=100, reached_at=timezone.now())
    signatures = [
        SignatureFactory(petition=rows[1], state=state, comment="For the nine.", is_public=True)
        for state in SignatureState
    ]
    slugs = [{"slug": row.slug} for row in rows]
    return {
        **{
            f"staff:petition{step}": _pks(*rows)
            for step in ("", "_preview", "_signatures", "_count_ignored")
        },
        "staff:petition_move": [
            {"pk": row.pk, "state": state} for row in rows for state in PetitionState
        ],
        "staff:petition_text": [
            {"pk": row.pk, "language": language} for row in rows for language in ("en", "de")
        ],
        "staff:signature_move": [
            {"pk": row.pk, "move": move} for row in signatures for move in ("out", "back")
        ],
        **{f"petitions:{page}": slugs for page in ("petition", "sign", "sent", "names", "count")},
        "petitions:confirm": [_token(petition_tokens.CONFIRM, row.pk) for row in signatures],
        "petitions:withdraw": [_token(petition_tokens.WITHDRAW, row.pk) for row in signatures],
    }


def _token(purpose: str, pk: int) -> Arguments:
    return {"token": tokens.seal(purpose, pk)}
