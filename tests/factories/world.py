"""One row of everything in every state that has pages of its own, and where each is found."""

from django.core.files.storage import default_storage
from django.utils import timezone

from campaigns.models import Campaign, CaseEntry, Redirect
from campaigns.services.pictures import re_encode
from campaigns.states import ActionState, ArticleState, EventState, RsvpState
from campaigns.tokens import CONFIRM_LETTER, RSVP
from petitions import tokens as petition_tokens
from petitions.models import Milestone
from petitions.states import PetitionState, SignatureState
from tests.factories import world_people, world_post
from tests.factories.articles import ArticleFactory, CategoryFactory, picture
from tests.factories.campaigns import (
    ActionFactory,
    CaseFactory,
    EventFactory,
    LetterFactory,
    RsvpFactory,
    TargetFactory,
    moment,
)
from tests.factories.newsletters import (
    MailingListFactory,
)
from tests.factories.petitions import PetitionFactory, SignatureFactory
from tests.factories.places import Arguments, pks, token

SHEET = b"email,name,tags\nana@example.org,Ana Marku,press\nnot an address,Bo,\n"
MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: A test\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Words</p>\r\n"
)


def build(sheet: bytes = SHEET, mail: bytes = MAIL) -> dict[str, list[Arguments]]:
    """Make the rows. Returns for each door that takes arguments what may stand in its address."""
    campaign = Campaign.objects.create(name="Free Mira", slug="free-mira", summary="A nurse.")
    return {
        **world_people.people(sheet),
        **world_post.mailings(),
        **world_post.kept_mail(mail),
        **world_post.sender_domains(),
        **world_post.transports(),
        **_words(campaign),
        **_actions(campaign),
        **_events(campaign),
        **_petitions(campaign),
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
            pks(shown, draft),
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
        **{f"staff:action{step}": pks(*rows) for step in ("", "_open", "_close")},
        "staff:case": pks(case),
        "staff:target": pks(target),
        "campaigns:case": [{"slug": case.slug}],
        "campaigns:action": slugs,
        "campaigns:letter_write": slugs,
        "campaigns:letter_print": slugs,
        "campaigns:letter_sent": slugs,
        "campaigns:letter_confirm": [token(CONFIRM_LETTER, letter.pk)],
    }


def _events(campaign: Campaign) -> dict[str, list[Arguments]]:
    full, *others = [
        EventFactory(campaign=campaign, capacity=1, place_by_mail=True),
        *(EventFactory(state=state) for state in EventState),
        EventFactory(starts_at=moment(-3, 18)),
    ]
    answers = [RsvpFactory(event=full, state=state) for state in RsvpState]
    answers.append(RsvpFactory(event=others[-1], state=RsvpState.COMING))
    slugs = [{"slug": row.slug} for row in (full, *others)]
    tokens = [token(RSVP, answer.pk) for answer in answers]
    steps = ("", "_announce", "_call_off", "_people", "_door")
    return {
        **{f"staff:event{step}": pks(full, *others) for step in steps},
        "campaigns:event": slugs,
        "campaigns:event_ics": slugs,
        "campaigns:rsvp_write": slugs,
        "campaigns:rsvp_sent": slugs,
        "campaigns:rsvp": tokens,
        "campaigns:rsvp_ics": tokens,
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
            f"staff:petition{step}": pks(*rows)
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
        "petitions:confirm": [token(petition_tokens.CONFIRM, row.pk) for row in signatures],
        "petitions:withdraw": [token(petition_tokens.WITHDRAW, row.pk) for row in signatures],
    }
