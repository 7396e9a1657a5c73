"""The letter of a supporter: written, confirmed, opened elsewhere or printed."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import deadlines
from campaigns.letter_text import direction, mailto, put_together
from campaigns.models import UrgentAction
from campaigns.public.actions import find, page
from campaigns.public.forms_letters import LetterForm
from campaigns.selectors import actions as action_selectors
from campaigns.selectors import letters as selectors
from campaigns.selectors.actions import Draft
from campaigns.services import letters
from campaigns.services.letters import Standing, Writing
from campaigns.states import LetterRoute
from newsletters.public.client import network
from newsletters.services.limits import allow

LETTERS_AN_HOUR = 60


@dataclass(frozen=True)
class Filled:
    """What a valid form says."""

    draft: Draft
    text: str


# No cookie is set for visitors, so there is no session to protect; the mail is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a letter: to be confirmed by mail, or to be opened in the supporter's own program."""
    action = find(slug)
    if request.method != "POST":
        return redirect("campaigns:action", slug)
    own_program = request.POST.get("route") == LetterRoute.OWN_PROGRAM
    route = LetterRoute.OWN_PROGRAM if own_program else LetterRoute.EMAIL
    form = _form(request, action, route)
    if form.is_trapped:
        return redirect("campaigns:letter_sent", slug)
    filled = _fill(action, form)
    if filled is None:
        return page(request, action, form)
    if route == LetterRoute.OWN_PROGRAM:
        return _own_program(request, action, form, filled)
    if not allow("letter, network", network(request), limit=LETTERS_AN_HOUR, seconds=3600):
        form.add_error(
            None,
            gettext(
                "Very many letters came from your network in the last hour. Print this one, or use "
                "your own mail program; or come back in an hour."
            ),
        )
        return page(request, action, form, status=429)
    letters.request(action=action, writing=_writing(form, filled.draft))
    return redirect("campaigns:letter_sent", slug)


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
def print_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The letter with both addresses and the date, ready for the printer. Nothing is kept."""
    action = find(slug)
    if request.method != "POST":
        return redirect("campaigns:action", slug)
    form = _form(request, action, LetterRoute.PRINT)
    filled = _fill(action, form)
    if filled is None:
        return page(request, action, form)
    context = {
        "action": action,
        "draft": filled.draft,
        "signer": form.signer,
        "street": form.cleaned_data["street"],
        "subject": form.cleaned_data["subject"],
        "text": filled.text,
        "today": deadlines.today_in(action.time_zone, timezone.now()),
        "direction": direction(filled.draft.language),
    }
    return render(request, "campaigns/public/letter_print.html", context)


@require_safe
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """What everybody reads who pressed "Send from here": now look in your mail."""
    context = {"section": "actions", "action": find(slug)}
    return render(request, "campaigns/public/letter_sent.html", context)


@csrf_exempt  # the token in the address is the secret
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The letter as it will go out, and one button. Looking at it changes nothing."""
    letter = selectors.by_token(token)
    if letter is None:
        return render(
            request, "campaigns/public/letter_unknown.html", {"section": "actions"}, status=404
        )
    if request.method == "POST":
        if "discard" in request.POST:
            letters.discard(letter=letter)
        else:
            letters.confirm(letter=letter)
        return redirect("campaigns:letter_confirm", token)
    standing = letters.standing(letter)
    context = {
        "section": "actions",
        "letter": letter,
        "action": letter.action,
        "standing": standing,
        "direction": direction(letter.language),
        "url": letters.action_url(letter.action),
    }
    if standing == Standing.WAITING:
        context["sender"] = letters.sender_name(letter)
    return render(request, "campaigns/public/letter_confirm.html", context)


def _form(request: HttpRequest, action: UrgentAction, route: LetterRoute) -> LetterForm:
    return LetterForm(request.POST, drafts=action_selectors.drafts(action), route=route)


def _fill(action: UrgentAction, form: LetterForm) -> Filled | None:
    """The letter in ``form``; None when something has to be mended or the action is over."""
    draft = form.draft
    if not action_selectors.is_open(action) or not form.is_valid() or draft is None:
        return None
    text = put_together(
        salutation=draft.salutation,
        middle=form.cleaned_data["middle"],
        foot=draft.foot,
        signer=form.signer,
        language=draft.language,
    )
    return Filled(draft, text)


def _writing(form: LetterForm, draft: Draft) -> Writing:
    if form.address is None:
        raise ValueError("a valid form of the e-mail route has an address")
    return Writing(
        draft=draft,
        subject=form.cleaned_data["subject"],
        middle=form.cleaned_data["middle"],
        signer=form.signer,
        address=form.address,
        page_language=get_language() or "en",
    )


def _own_program(
    request: HttpRequest, action: UrgentAction, form: LetterForm, filled: Filled
) -> HttpResponse:
    subject = form.cleaned_data["subject"]
    link = mailto(address=filled.draft.target.email, subject=subject, text=filled.text)
    context = {
        "section": "actions",
        "action": action,
        "draft": filled.draft,
        "subject": subject,
        "text": filled.text,
        "link": link,
        "holds_text": "&body=" in link,
        "direction": direction(filled.draft.language),
    }
    return render(request, "campaigns/public/letter_own.html", context)
