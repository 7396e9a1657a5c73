"""Writing a petition, opening and closing it."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from petitions.errors import MoveRefused, SlugTaken
from petitions.models import Petition, PetitionText, Signature
from petitions.states import PetitionState


@dataclass(frozen=True)
class Words:
    """The text in one language."""

    title: str
    summary: str
    demand: str
    background: str = ""
    thanks: str = ""
    victory: str = ""


@transaction.atomic
def create(*, settings: dict[str, Any], words: Words) -> Petition:
    """A new DRAFT with its text in the petition's own language. Raises SlugTaken."""
    petition = Petition()
    _store(petition, settings)
    save_text(petition=petition, language=petition.default_language, words=words)
    return petition


def change(*, petition: Petition, settings: dict[str, Any]) -> None:
    """Store other settings; the total and the state are never among them. Raises SlugTaken."""
    _store(petition, settings)


@transaction.atomic
def save_text(*, petition: Petition, language: str, words: Words) -> PetitionText:
    """Store the text in one language. What somebody has signed stays; it gets a new version."""
    texts = PetitionText.objects.filter(petition=petition, language=language)
    latest = texts.aggregate(version=Max("version"))["version"] or 0
    signed = Exists(Signature.objects.filter(text=OuterRef("pk")))
    if texts.filter(~Q(signed), version=latest).update(**asdict(words)):
        return texts.get(version=latest)
    unchanged = texts.filter(version=latest, **asdict(words)).first()
    if unchanged:
        return unchanged
    return PetitionText.objects.create(
        petition=petition, language=language, version=latest + 1, **asdict(words)
    )


def open_(*, petition: Petition) -> None:
    """DRAFT or CLOSED becomes OPEN. A closing time that is over is taken away.

    Raises MoveRefused when it was neither, or when the text in its own language
    is missing.
    """
    if not petition.texts.filter(language=petition.default_language).exists():
        raise MoveRefused("text", _("Write the text in the petition's own language first."))
    over = petition.closes_at is not None and petition.closes_at <= timezone.now()
    _move(
        petition,
        (PetitionState.DRAFT, PetitionState.CLOSED),
        {"state": PetitionState.OPEN, "closes_at": None if over else petition.closes_at},
    )


def close(*, petition: Petition) -> None:
    """OPEN becomes CLOSED now; who has her mail can confirm for 24 h more. Raises MoveRefused."""
    _move(
        petition,
        (PetitionState.OPEN,),
        {"state": PetitionState.CLOSED, "closes_at": _end(petition)},
    )


def declare_victory(*, petition: Petition) -> None:
    """OPEN or CLOSED becomes VICTORY; signing ends now if it had not. Raises MoveRefused."""
    _move(
        petition,
        (PetitionState.OPEN, PetitionState.CLOSED),
        {"state": PetitionState.VICTORY, "closes_at": _end(petition)},
    )


def close_due() -> int:
    """OPEN petitions whose time is over become CLOSED. Returns how many.

    The page has shown them as closed since that second; this makes the lists agree.
    """
    due = Petition.objects.filter(state=PetitionState.OPEN, closes_at__lte=timezone.now())
    return due.update(state=PetitionState.CLOSED)


def _store(petition: Petition, settings: dict[str, Any]) -> None:
    for field, value in settings.items():
        setattr(petition, field, value)
    try:
        with transaction.atomic():
            petition.save(update_fields=[*settings, "updated_at"] if petition.pk else None)
    except IntegrityError:
        others = Petition.objects.filter(slug=petition.slug).exclude(pk=petition.pk)
        if others.exists():
            raise SlugTaken from None
        raise


def _end(petition: Petition) -> Any:
    now = timezone.now()
    return min(petition.closes_at, now) if petition.closes_at else now


def _move(petition: Petition, expected: tuple[PetitionState, ...], changes: dict[str, Any]) -> None:
    rows = Petition.objects.filter(pk=petition.pk, state__in=expected)
    if rows.update(**changes, updated_at=timezone.now()) != 1:
        raise MoveRefused
    petition.refresh_from_db()
