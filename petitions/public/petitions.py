"""The petition page, the list of petitions, the names, the number."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from petitions.models import Petition, PetitionText
from petitions.public.caching import public_for_a_moment
from petitions.public.forms import SignForm
from petitions.selectors import petitions as selectors
from petitions.selectors import signatures
from petitions.states import Phase

NAMES_SHOWN = 40
NAMES_A_PAGE = 200
PETITIONS_A_PAGE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All petitions: those one can sign first, then those that are over."""
    found = selectors.with_texts(selectors.in_order())
    page = Paginator(found, PETITIONS_A_PAGE).get_page(request.GET.get("page"))
    wanted = [translation.get_language() or ""]
    cards = [card(petition, selectors.text_for(petition, wanted)) for petition in page]
    context = {"section": "petitions", "page_obj": page, "cards": cards}
    return public_for_a_moment(render(request, "petitions/public/index.html", context))


@require_safe
def petition(request: HttpRequest, slug: str) -> HttpResponse:
    """One petition in the reader's language, with the form while it is open."""
    found = get(slug)
    text = text_of(request, found)
    with translation.override(text.language):
        return public_for_a_moment(
            show(request, found, SignForm(found, text, initial=came(request)))
        )


@require_safe
def names(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who signed and wanted to be shown."""
    found = get(slug)
    text = text_of(request, found)
    with translation.override(text.language):
        page = Paginator(signatures.names(found), NAMES_A_PAGE).get_page(request.GET.get("page"))
        context = {**card(found, text), "section": "petitions", "page_obj": page}
        return public_for_a_moment(render(request, "petitions/public/names.html", context))


@require_safe
def count(_request: HttpRequest, slug: str) -> JsonResponse:
    """The total and the next goal, for other sites and for pages left open."""
    progress = selectors.progress(get_object_or_404(selectors.public(), slug=slug))
    answer = JsonResponse({"count": progress.total, "goal": progress.goal})
    answer["Access-Control-Allow-Origin"] = "*"
    return public_for_a_moment(answer)


def get(slug: str) -> Petition:
    """A public petition with its texts, or 404."""
    petitions = selectors.with_texts(selectors.public()).select_related("news_list")
    return get_object_or_404(petitions, slug=slug)


def text_of(request: HttpRequest, petition: Petition) -> PetitionText:
    """The text in the language asked for by link, else by browser, else the petition's own."""
    wanted = [request.GET.get("lang", ""), translation.get_language() or ""]
    text = selectors.text_for(petition, wanted)
    if text is None:
        raise LookupError(f"petition {petition.pk} was opened without a text")
    return text


def came(request: HttpRequest) -> dict[str, Any]:
    """What the form notes about where she came from."""
    return {"source": request.GET.get("source") or request.GET.get("utm_source") or ""}


def show(
    request: HttpRequest, petition: Petition, form: SignForm, status: int = 200
) -> HttpResponse:
    """The page itself, with ``form`` as it stands. The text's language must be the active one."""
    text = form.shown
    context = {
        **card(petition, text),
        "section": "petitions",
        "form": form,
        "languages": _languages(petition, text),
        "page_url": selectors.url(petition, text.language),
        "names": signatures.names(petition)[:NAMES_SHOWN],
    }
    return render(request, "petitions/public/petition.html", context, status=status)


def card(petition: Petition, text: PetitionText | None) -> dict[str, Any]:
    """What every page says about a petition."""
    phase = selectors.phase(petition)
    return {
        "petition": petition,
        "text": text,
        "phase": phase,
        "is_open": phase == Phase.OPEN,
        "progress": selectors.progress(petition),
        "days_left": selectors.days_left(petition),
    }


def _languages(petition: Petition, shown: PetitionText) -> list[dict[str, str]]:
    others = [code for code in selectors.newest_texts(petition) if code != shown.language]
    return [{"code": code, "name": get_language_info(code)["name_local"]} for code in others]
