"""A person's own page: lists, topics, language, and what we know about her."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language

from newsletters import tokens
from newsletters.models import Contact
from newsletters.public.forms import PreferencesForm, preferences_wording
from newsletters.public.token_page import token_page, unknown_link
from newsletters.selectors import contacts, lists, unsubscribe
from newsletters.selectors.contacts import Bearer
from newsletters.services import consent, links, subscriptions
from newsletters.services import preferences as service
from newsletters.services.consent import Door

METHOD = "preferences page"


@token_page
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """The page itself, for a week; then only the offer of a fresh link, without any data."""
    bearer = contacts.bearer(tokens.PREFERENCES, token, hours=links.PREFERENCES_HOURS)
    if bearer is None:
        return unknown_link(request)
    if bearer.contact is None or not bearer.is_fresh:
        return _offer_fresh_link(request, token)
    if request.method != "POST":
        return _show(request, bearer.contact, PreferencesForm(contact=bearer.contact))
    if "leave" in request.POST:
        subscriptions.leave_everything(contact=bearer.contact, method=METHOD)
        return HttpResponseRedirect(f"{request.path}?left=1")
    form = PreferencesForm(request.POST, contact=bearer.contact)
    if not form.is_valid():
        return _show(request, bearer.contact, form, status=422)
    _save(bearer.contact, form)
    return HttpResponseRedirect(f"{request.path}?saved=1")


@token_page
def fresh_link(request: HttpRequest, token: str) -> HttpResponse:
    """One button that mails a fresh link to the stored address, from whichever link of hers.

    The answer is the same whether a mail went, was capped, or the person is gone.
    """
    owner = _owner(token)
    if owner is None:
        return unknown_link(request)
    if request.method != "POST":
        return _offer_fresh_link(request, token)
    if owner.contact is not None:
        subscriptions.send_fresh_link(contact=owner.contact)
    return render(request, "newsletters/public/fresh_link_sent.html")


def _owner(token: str) -> Bearer | None:
    """Whose link this is, be it to her page or out of a list; None when it is not ours."""
    bearer = contacts.bearer(tokens.PREFERENCES, token, hours=0)
    departure = unsubscribe.by_link(token)
    if bearer is None and departure is not None:
        return Bearer(departure.contact, is_fresh=False)
    return bearer


def _offer_fresh_link(request: HttpRequest, token: str) -> HttpResponse:
    return render(request, "newsletters/public/fresh_link.html", {"token": token})


def _save(contact: Contact, form: PreferencesForm) -> None:
    wording = consent.wording(purpose=METHOD, language=get_language(), text=preferences_wording())
    service.save(
        contact=contact,
        choice=service.Choice(
            offered=list(lists.offered_to(contact)),
            wanted=list(form.cleaned_data["lists"]),
            topics=list(form.cleaned_data["topics"]),
            digest_frequency=form.cleaned_data["digest_frequency"],
            language=form.cleaned_data["language"],
        ),
        door=Door(method=METHOD, wording=wording, legal_basis="consent"),
    )


def _show(
    request: HttpRequest, contact: Contact, form: PreferencesForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "contact": contact,
        "profile": contacts.profile_of(contact),
        "history": contacts.consent_history(contact)[: contacts.NEWEST],
        "is_on_any": lists.joined_by(contact).exists(),
        "saved": "saved" in request.GET,
        "left": "left" in request.GET,
    }
    return render(request, "newsletters/public/preferences.html", context, status=status)
