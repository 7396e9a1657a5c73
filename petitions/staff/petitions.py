"""Staff pages: write a petition, open it, see how it goes."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletters.staff.access import staff_page
from petitions.errors import MoveRefused, SlugTaken
from petitions.models import Petition
from petitions.selectors import petitions as selectors
from petitions.selectors import signatures
from petitions.services import petitions as services
from petitions.services.petitions import Words
from petitions.staff.forms import SettingsForm, WordsForm
from petitions.states import PETITION_MOVES, PetitionState

PER_PAGE = 50
FORM = ["GET", "HEAD", "POST"]

# What the address of a button says → what it does, and what is said afterwards.
MOVES: dict[str, tuple[Callable[..., None], Any]] = {
    PetitionState.OPEN: (services.open_, gettext_lazy("The petition is open for signing.")),
    PetitionState.CLOSED: (
        services.close,
        gettext_lazy("Closed. Who has the mail already can confirm for 24 hours more."),
    ),
    PetitionState.VICTORY: (services.declare_victory, gettext_lazy("Won. The page says so now.")),
}
BUTTONS = {
    PetitionState.OPEN: gettext_lazy("Open for signing"),
    PetitionState.CLOSED: gettext_lazy("Close"),
    PetitionState.VICTORY: gettext_lazy("Declare it won"),
}


@staff_page("petitions.view_petition")
@require_safe
def petitions(request: HttpRequest) -> HttpResponse:
    """All petitions, the newest first."""
    found = selectors.with_texts(Petition.objects.all())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, selectors.headline(row), selectors.phase(row)) for row in page]
    context = {"section": "petitions", "page_obj": page, "rows": rows}
    return render(request, "petitions/staff/petition_list.html", context)


@staff_page("petitions.add_petition")
@require_http_methods(FORM)
def petition_new(request: HttpRequest) -> HttpResponseBase:
    """A new draft with its first text."""
    form = SettingsForm(request.POST or None, initial={"goals": Petition().goals})
    words = WordsForm(request.POST or None, prefix="words")
    # Both are asked, so that all that is wrong is said at once.
    if request.method == "POST" and all([form.is_valid(), words.is_valid()]):
        try:
            made = services.create(settings=form.cleaned_data, words=Words(**words.cleaned_data))
        except SlugTaken as taken:
            form.add_error("slug", str(taken))
        else:
            messages.success(request, _("Kept as a draft. Nobody sees it until you open it."))
            return redirect("staff:petition", pk=made.pk)
    context = {"section": "petitions", "form": form, "words": words}
    return render(request, "petitions/staff/petition_new.html", context)


@staff_page("petitions.change_petition")
@require_http_methods(FORM)
def petition(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its settings, its languages, its numbers and what can be done next."""
    shown = get_object_or_404(selectors.with_texts(Petition.objects.all()), pk=pk)
    form = SettingsForm(request.POST or None, instance=get_object_or_404(Petition, pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.change(petition=shown, settings=form.cleaned_data)
        except SlugTaken as taken:
            form.add_error("slug", str(taken))
        else:
            messages.success(request, _("Saved."))
            return redirect("staff:petition", pk=pk)
    return render(request, "petitions/staff/petition.html", _desk(shown, form))


@staff_page("petitions.change_petition")
@require_http_methods(FORM)
def petition_text(request: HttpRequest, pk: int, language: str) -> HttpResponseBase:
    """The text in one language."""
    shown = get_object_or_404(selectors.with_texts(Petition.objects.all()), pk=pk)
    names = dict(settings.LANGUAGES)
    if language not in names:
        raise Http404
    text = selectors.newest_texts(shown).get(language)
    form = WordsForm(request.POST or None, instance=text)
    signed = text is not None and text.signatures.exists()
    if request.method == "POST" and form.is_valid():
        kept = services.save_text(
            petition=shown, language=language, words=Words(**form.cleaned_data)
        )
        messages.success(request, _("Saved as version %(number)s.") % {"number": kept.version})
        return redirect("staff:petition", pk=pk)
    context = {
        "section": "petitions",
        "petition": shown,
        "heading": selectors.headline(shown),
        "language": language,
        "language_name": names[language],
        "form": form,
        "signed": signed,
    }
    return render(request, "petitions/staff/petition_text.html", context)


@staff_page("petitions.change_petition")
@require_safe
def petition_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as the public will see it, without its form."""
    shown = get_object_or_404(selectors.with_texts(Petition.objects.all()), pk=pk)
    text = selectors.text_for(shown, [request.GET.get("lang", "")])
    if text is None:
        raise Http404
    with translation.override(text.language):
        context = {
            "section": "petitions",
            "preview": True,
            "petition": shown,
            "text": text,
            "phase": selectors.phase(shown),
            "progress": selectors.progress(shown),
            "days_left": selectors.days_left(shown),
        }
        return render(request, "petitions/public/petition.html", context)


@staff_page("petitions.change_petition")
@require_POST
def petition_move(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """One of the buttons: open, close, won."""
    if state not in MOVES:
        raise Http404
    move, said = MOVES[state]
    try:
        move(petition=get_object_or_404(Petition, pk=pk))
        messages.success(request, said)
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect("staff:petition", pk=pk)


def _desk(shown: Petition, form: SettingsForm) -> dict[str, Any]:
    numbers = signatures.numbers(shown)
    texts = selectors.newest_texts(shown)
    allowed = PETITION_MOVES[PetitionState(shown.state)]
    return {
        "section": "petitions",
        "petition": shown,
        "heading": selectors.headline(shown),
        "phase": selectors.phase(shown),
        "form": form,
        "texts": texts,
        "missing": [row for row in settings.LANGUAGES if row[0] not in texts],
        "moves": [(state, words) for state, words in BUTTONS.items() if state in allowed],
        "numbers": numbers,
        "tiles": _tiles(numbers),
        "milestones": shown.milestones.all(),
    }


def _tiles(numbers: signatures.Numbers) -> list[dict[str, Any]]:
    share = numbers.news_share
    return [
        {"label": _("Counted"), "value": numbers.counted, "tone": "good"},
        {"label": _("Waiting for confirmation"), "value": numbers.pending},
        {"label": _("Withdrawn"), "value": numbers.withdrawn, "tone": "mute"},
        {"label": _("Not counted"), "value": numbers.ignored + numbers.invalidated},
        {"label": _("Want news"), "value": "–" if share is None else f"{share} %"},
    ]
