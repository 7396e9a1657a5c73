"""Signing up, and confirming by the mail that follows."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletters import addresses, tokens
from newsletters.models import MailingList
from newsletters.public import client
from newsletters.public.evenly import evenly
from newsletters.public.forms import SubscribeForm, sign_up_wording
from newsletters.public.token_page import token_page, unknown_link
from newsletters.selectors import contacts, lists
from newsletters.services import consent, limits, links, subscriptions
from newsletters.services.consent import Door
from newsletters.services.contacts import Profile

HOUR = 3600
# A hall full of people on one network may sign up; a program may not fill mailboxes from it.
SIGN_UPS_AN_HOUR = 60


# No cookie and no session here: the mail that follows is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The sign-up form. Its answer is the same for every address that can be read."""
    if request.method != "POST":
        return _show(request, SubscribeForm())
    form = SubscribeForm(_with_chosen_address(request))
    sent = HttpResponseRedirect(reverse("newsletters:subscribe_sent"))
    if form.is_trapped:
        return sent
    if not form.is_valid():
        return _show(request, form, status=422)
    meant = addresses.suggestion(form.cleaned_data["email"])
    if meant and "use" not in request.POST:
        return _show(request, form, meant=meant)
    if not limits.allow("sign-up", client.network(request), limit=SIGN_UPS_AN_HOUR, seconds=HOUR):
        return too_many(request)
    with evenly():
        subscriptions.request(_request_of(form))
    if any(row.double_opt_in for row in form.cleaned_data["lists"]):
        return sent
    return HttpResponseRedirect(f"{sent.url}?at_once=1")


@require_safe
def subscribe_sent(request: HttpRequest) -> HttpResponse:
    """What happens next; says nothing about any address."""
    context = {"section": "subscribe", "at_once": "at_once" in request.GET}
    return render(request, "newsletters/public/subscribe_sent.html", context)


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of the confirmation mail: what was asked for, and one button."""
    bearer = contacts.bearer(tokens.CONFIRM_SUBSCRIPTION, token, hours=links.CONFIRM_HOURS)
    if bearer is None:
        return unknown_link(request)
    if bearer.contact is None or not bearer.is_fresh:
        return render(request, "newsletters/public/confirm_expired.html", status=410)
    if request.method == "POST":
        shown = MailingList.objects.filter(slug__in=request.POST.getlist("list")[:100])
        joined = subscriptions.confirm(contact=bearer.contact, lists=shown)
        return render(request, "newsletters/public/confirmed.html", {"lists": joined})
    waiting = lists.waiting_for(bearer.contact)
    if not waiting:
        joined = subscriptions.active_lists(bearer.contact)
        return render(request, "newsletters/public/confirmed.html", {"lists": joined})
    return render(request, "newsletters/public/confirm.html", {"lists": waiting})


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for a network that sent too much, whatever it asked for."""
    response = render(request, "newsletters/public/too_many.html", status=429)
    response.headers["Retry-After"] = str(HOUR)
    return response


def _show(
    request: HttpRequest, form: SubscribeForm, meant: str = "", status: int = 200
) -> HttpResponse:
    asks_all = not lists.public().filter(double_opt_in=False).exists()
    context = {
        "form": form,
        "meant": meant,
        "section": "subscribe",
        "asks_all": asks_all,
        "may_count": settings.TRACKING,
    }
    return render(request, "newsletters/public/subscribe.html", context, status=status)


def _with_chosen_address(request: HttpRequest) -> QueryDict:
    """The form's data; with the address of the button where one was offered to choose from."""
    chosen = request.POST.get("use")
    if not chosen:
        return request.POST
    data = request.POST.copy()
    data["email"] = chosen
    return data


def _request_of(form: SubscribeForm) -> subscriptions.Request:
    language = get_language()
    wording = consent.wording(purpose="subscribe form", language=language, text=sign_up_wording())
    return subscriptions.Request(
        address=form.cleaned_data["email"],
        lists=list(form.cleaned_data["lists"]),
        profile=Profile(
            given_name=form.cleaned_data["name"], language=form.cleaned_data["language"]
        ),
        door=Door(method="subscribe form", wording=wording, legal_basis="consent"),
    )
