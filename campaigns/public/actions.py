"""Urgent actions and cases as visitors see them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_info

from campaigns.letter_text import direction
from campaigns.models import UrgentAction
from campaigns.public.caching import public_page
from campaigns.public.forms_letters import LetterForm
from campaigns.selectors import actions as selectors
from campaigns.selectors import cases
from campaigns.selectors.actions import Draft
from campaigns.services import letters

A_PAGE = 20
# Below this a total says more about single people than about the action.
FEW_LETTERS = 5


@dataclass(frozen=True)
class Choice:
    """One link among targets or languages."""

    label: str
    query: str
    is_chosen: bool


@public_page
def index(request: HttpRequest) -> HttpResponse:
    """Every urgent action: open ones first, closed ones stay with what came of them."""
    page = Paginator(selectors.public_actions(), A_PAGE).get_page(request.GET.get("page"))
    open_ones = {action.pk for action in page if selectors.is_open(action)}
    context = {"section": "actions", "page_obj": page, "open_ones": open_ones}
    return render(request, "campaigns/public/actions.html", context)


@public_page
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One urgent action with the letter form, or with its outcome once it is over."""
    return page(request, find(slug))


@public_page
def case(request: HttpRequest, slug: str) -> HttpResponse:
    """One person: who, where, since when, and what was done."""
    found = cases.find_public(slug)
    if found is None:
        raise Http404
    context = {
        "section": "actions",
        "case": found,
        "days_held": cases.days_held(found),
        "entries": found.entries.all(),
        "actions": cases.public_actions(found),
        "url": f"{settings.SITE_URL}{request.path}",
    }
    return render(request, "campaigns/public/case.html", context)


def find(slug: str) -> UrgentAction:
    """The public action at this address, or 404."""
    action = selectors.find_public(slug)
    if action is None:
        raise Http404
    return action


def page(
    request: HttpRequest, action: UrgentAction, form: LetterForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of ``action``; ``form`` when something has to be mended in it."""
    context: dict[str, Any] = {
        "section": "actions",
        "action": action,
        "case": action.case,
        "entries": action.case.entries.all(),
        "days_held": selectors.facts_of(action).days_held,
        "is_open": selectors.is_open(action),
        "days_left": selectors.days_left(action),
        "previous": action.previous if _is_public(action.previous) else None,
        "next": selectors.followed_by(action),
        "url": letters.action_url(action),
        "shows_total": action.letters_total >= FEW_LETTERS,
    }
    if context["is_open"]:
        context |= _writing(request, action, form)
    return render(request, "campaigns/public/action.html", context, status=status)


def _writing(request: HttpRequest, action: UrgentAction, form: LetterForm | None) -> dict[str, Any]:
    found = selectors.drafts(action)
    draft = form.draft if form else None
    draft = draft or selectors.choose(
        found,
        target=request.GET.get("to", ""),
        language=request.GET.get("in", ""),
        page_language=get_language() or "en",
    )
    if draft is None:
        return {"draft": None}
    if form is None or form.draft is None:
        form = _form(found, draft, form)
    form.fields["middle"].widget.attrs |= {
        "lang": draft.language,
        "dir": direction(draft.language),
    }
    return {
        "draft": draft,
        "form": form,
        "direction": direction(draft.language),
        "targets": _targets(found, draft),
        "languages": _languages(draft),
    }


def _form(found: list[Draft], draft: Draft, refused: LetterForm | None) -> LetterForm:
    """A form for ``draft``, or the refused one turned to it with everything that was typed."""
    if refused is not None:
        refused.turn_to(draft)
        return refused
    initial = {
        "target": draft.target.pk,
        "language": draft.language,
        "subject": draft.subject,
        "middle": draft.middle,
    }
    return LetterForm(initial=initial, drafts=found)


def _targets(found: list[Draft], chosen: Draft) -> list[Choice]:
    targets = {draft.target.pk: draft.target for draft in found}
    return [
        Choice(str(target), f"?to={target.pk}&in={chosen.language}", target == chosen.target)
        for target in targets.values()
    ]


def _languages(chosen: Draft) -> list[Choice]:
    return [
        Choice(
            get_language_info(language)["name_local"],
            f"?to={chosen.target.pk}&in={language}",
            language == chosen.language,
        )
        for language in chosen.languages
    ]


def _is_public(action: UrgentAction | None) -> bool:
    return action is not None and action.state in selectors.PUBLIC
