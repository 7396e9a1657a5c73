"""A person's own page: lists, topics, language, pause, address, and what we know about her."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from newsletters import addresses, tokens
from newsletters.errors import AddressRefused
from newsletters.models import Contact
from newsletters.public.evenly import evenly
from newsletters.public.preference_forms import (
    NewAddressForm,
    PreferencesForm,
    preferences_wording,
)
from newsletters.public.token_page import (
    offer_fresh_link,
    own_page,
    token_page,
    unknown_link,
)
from newsletters.selectors import audience, contacts, lists, unsubscribe
from newsletters.selectors.contacts import Bearer
from newsletters.services import address_changes, consent, subscriptions
from newsletters.services import preferences as service
from newsletters.services.consent import Door

METHOD = "preferences page"
# What the page says after a press, by the name in its query string.
SAID = ("saved", "left", "asked")


@own_page
def preferences(request: HttpRequest, contact: Contact, token: str) -> HttpResponse:
    """The page itself, for a week."""
    if request.method != "POST":
        return _show(request, contact, token, PreferencesForm(contact=contact))
    if "leave" in request.POST:
        subscriptions.leave_everything(contact=contact, method=METHOD)
        return HttpResponseRedirect(f"{request.path}?left=1")
    form = PreferencesForm(request.POST, contact=contact)
    if not form.is_valid():
        return _show(request, contact, token, form)
    _save(contact, form)
    return HttpResponseRedirect(f"{request.path}?saved=1")


@own_page
def new_address(request: HttpRequest, contact: Contact, token: str) -> HttpResponse:
    """Mails a button to a new address. The answer does not say whether anybody has it already."""
    if request.method != "POST":
        return _show(request, contact, token, PreferencesForm(contact=contact))
    # Beside a slip two buttons offer both spellings.
    chosen = request.POST.get("use")
    form = NewAddressForm({"new_address": chosen} if chosen else request.POST)
    if not form.is_valid():
        return _show(request, contact, token, form)
    address = form.cleaned_data["new_address"]
    meant = addresses.suggestion(address)
    if meant and not chosen:
        return _show(request, contact, token, form, meant)
    try:
        with evenly():
            address_changes.request(contact=contact, address=address)
    except AddressRefused as error:
        form.add_error("new_address", str(error))
        return _show(request, contact, token, form)
    page = reverse("newsletters:preferences", args=[token])
    return HttpResponseRedirect(f"{page}?asked=1")


@token_page
def fresh_link(request: HttpRequest, token: str) -> HttpResponse:
    """One button that mails a fresh link to the stored address, from whichever link of hers.

    The answer is the same whether a mail went, was capped, or the person is gone.
    """
    owner = _owner(token)
    if owner is None:
        return unknown_link(request)
    if request.method != "POST":
        return offer_fresh_link(request, token)
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


def _save(contact: Contact, form: PreferencesForm) -> None:
    wording = consent.wording(purpose=METHOD, language=get_language(), text=preferences_wording())
    service.save(
        contact=contact,
        choice=form.choice(contact),
        door=Door(method=METHOD, wording=wording, legal_basis="consent"),
    )


def _show(
    request: HttpRequest,
    contact: Contact,
    token: str,
    form: PreferencesForm | NewAddressForm,
    meant: str = "",
) -> HttpResponse:
    """The page with ``form`` as it stands, and the other form as it is at the beginning."""
    is_address = isinstance(form, NewAddressForm)
    context = {
        "token": token,
        "form": form,
        "preferences": PreferencesForm(contact=contact) if is_address else form,
        "address": form if is_address else NewAddressForm(),
        "meant": meant,
        "contact": contact,
        "paused_until": audience.pause_of(contact),
        "profile": contacts.profile_of(contact),
        "history": contacts.consent_history(contact)[: contacts.NEWEST],
        "is_on_any": lists.joined_by(contact).exists(),
        **{word: word in request.GET for word in SAID},
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "newsletters/public/preferences.html", context, status=status)
