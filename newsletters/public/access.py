"""What we know about you: asked for on one's own page, given behind the link of a mail."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from newsletters.errors import AccessRefused
from newsletters.models import Contact
from newsletters.public.preference_forms import ForgetForm
from newsletters.public.token_page import own_page, token_page, unknown_link
from newsletters.selectors import access as selector
from newsletters.selectors import contacts
from newsletters.services import access as service
from newsletters.services import erasure


@own_page
def access_ask(request: HttpRequest, contact: Contact, token: str) -> HttpResponse:
    """Mails the link to the address we write to; the token is that of one's own page."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("newsletters:preferences", args=[token]))
    try:
        service.ask(contact=contact)
        refused = ""
    except AccessRefused as error:
        refused = error.code
    context = {"token": token, "refused": refused}
    return render(request, "newsletters/public/access_sent.html", context)


@token_page
def access(request: HttpRequest, token: str) -> HttpResponseBase:
    """One button, for a day; pressed, it gives the file."""
    asker = selector.by_link(token)
    if asker is None:
        return unknown_link(request)
    if asker.contact is None:
        return render(request, "newsletters/public/access.html", {"is_over": True}, status=410)
    if request.method != "POST":
        return render(request, "newsletters/public/access.html", {"is_over": False})
    return FileResponse(service.pack(asker.contact), as_attachment=True, filename="your-data.zip")


@own_page
def forget_me(request: HttpRequest, contact: Contact, token: str) -> HttpResponse:
    """What goes and what stays, and one button; the token is that of one's own page."""
    spellings = contacts.spellings_of(contact)
    form = ForgetForm(request.POST if request.method == "POST" else None, spellings)
    if not form.is_valid():
        context = {"token": token, "form": form, "spellings": spellings}
        status = 422 if form.is_bound else 200
        return render(request, "newsletters/public/forget_me.html", context, status=status)
    erasure.erase(contact=contact, also=form.cleaned_data["also"])
    return render(request, "newsletters/public/forgotten.html")
