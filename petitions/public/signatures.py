"""Signing: the form comes in, the same page goes out, whether or not she had signed before."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletters.models import ConsentWording
from newsletters.public.client import network
from newsletters.services import consent
from petitions.errors import SigningOver
from petitions.models import Petition
from petitions.public import petitions as pages
from petitions.public.caching import public_for_a_moment
from petitions.public.forms import SignForm, news_wording
from petitions.services import signatures

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


# No session stands behind this form that another site could abuse: the proof is
# the mail to the address that was typed.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signature and answer with the page that asks to look into the mailbox."""
    petition = pages.get(slug)
    text = pages.text_of(request, petition)
    if request.method != "POST":
        return redirect("petitions:petition", slug=slug)
    with translation.override(text.language):
        if request.content_type not in FORM_TYPES:
            refusal = _("Send this as a form, the way the page does.")
            return HttpResponse(refusal, status=415, content_type="text/plain; charset=utf-8")
        form = SignForm(petition, text, request.POST)
        if form.is_trapped:
            return _sent(petition, text.language)
        if not form.is_valid():
            return pages.show(request, petition, form)
        return _store(request, petition, form)


@require_safe
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """Where every signer comes to: look into your mailbox."""
    petition = pages.get(slug)
    text = pages.text_of(request, petition)
    with translation.override(text.language):
        context = {**pages.card(petition, text), "section": "petitions"}
        return public_for_a_moment(render(request, "petitions/public/sent.html", context))


def _store(request: HttpRequest, petition: Petition, form: SignForm) -> HttpResponse:
    given = form.cleaned_data
    entry = signatures.Entry(
        text=given["text"],
        address=given["email"],
        name=given["name"],
        country=given["country"],
        comment=given["comment"],
        is_public=given["is_public"],
        wants_news=given.get("wants_news", False),
        wording=_wording(petition, given["text"].language),
        source=given["source"],
        network=network(request),
    )
    try:
        signatures.sign(entry=entry)
    except SigningOver:
        return pages.show(request, petition, form, status=409)
    return _sent(petition, given["text"].language)


def _wording(petition: Petition, language: str) -> ConsentWording | None:
    """The words she saw beside the box, whether or not she ticked it."""
    if petition.news_list is None:
        return None
    with translation.override(language):
        text = news_wording(petition)
    return consent.wording(purpose="petition news", language=language, text=text)


def _sent(petition: Petition, language: str) -> HttpResponse:
    # A redirect, so that loading the page again does not sign again.
    answer = HttpResponseRedirect(
        f"{redirect('petitions:sent', slug=petition.slug).url}?lang={language}"
    )
    answer.status_code = 303
    return answer
