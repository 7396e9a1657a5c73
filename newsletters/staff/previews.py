"""Looking at a mail as one reader would see it, and sending it to oneself."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import NewsletterError
from newsletters.models import Contact, Mailing
from newsletters.selectors import mailings as selector
from newsletters.services import previews
from newsletters.staff.access import staff_page
from newsletters.staff.mailing_forms import AddressForm

VIEW = "newsletters.view_mailing"
CHANGE = "newsletters.change_mailing"
# The mail in its frame: no script, no form, no link that opens, nothing from elsewhere.
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
# Links open a new window, and the sandbox allows none: a click in a preview leads nowhere.
NO_WAY_OUT = '<head><base target="_blank">'
VIEWS = ("desktop", "phone", "text")


@staff_page(VIEW)
def mailing_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as a named person gets it, on both widths and as plain text."""
    found = get_object_or_404(Mailing, pk=pk)
    if request.method == "POST":
        return _look_as(request, found)
    return _show(request, found, AddressForm(), _test_form(request))


@staff_page(VIEW)
@xframe_options_sameorigin
@require_safe
def mailing_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, under a policy of its own."""
    found = get_object_or_404(Mailing, pk=pk)
    language = _language(request.GET, found)
    try:
        made = previews.preview(
            mailing=found, language=language, reader=_reader(request.GET, language)
        )
        response = HttpResponse(made.html.replace("<head>", NO_WAY_OUT, 1))
    except NewsletterError as refused:
        response = HttpResponse(str(refused), content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = FRAME_POLICY
    return response


@staff_page(CHANGE)
@require_POST
def mailing_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it to one address, marked as a test."""
    found = get_object_or_404(Mailing, pk=pk)
    form = AddressForm(request.POST, prefix="test")
    language = _language(request.POST, found)
    if not form.is_valid():
        return _show(request, found, AddressForm(), form, status=422)
    address = form.cleaned_data["address"]
    try:
        previews.send_test(
            mailing=found,
            language=language,
            reader=_reader(request.POST, language),
            address=address,
        )
    except NewsletterError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("The test is on its way to %(address)s.") % {"address": address}
        )
    return redirect(_here(found, request.POST))


def _look_as(request: HttpRequest, found: Mailing) -> HttpResponse:
    """Searched by POST, so that no address comes into a log; the page's address holds an id."""
    form = AddressForm(request.POST)
    if form.is_valid():
        person = Contact.objects.filter(email=form.cleaned_data["address"]).first()
        if person is not None:
            language = person.language or found.default_language
            return redirect(_here(found, {"person": str(person.pk), "language": language}))
        form.add_error("address", _("Nobody here has this address."))
    return _show(request, found, form, _test_form(request), status=422)


def _show(
    request: HttpRequest,
    found: Mailing,
    form: AddressForm,
    test: AddressForm,
    status: int = 200,
) -> HttpResponse:
    asked = request.GET or request.POST
    language = _language(asked, found)
    reader = _reader(asked, language)
    context: dict[str, Any] = {
        "section": "mailings",
        "mailing": found,
        "form": form,
        "test": test,
        "language": language,
        "languages": [
            (text.language, selector.language_name(text.language))
            for text in found.texts.order_by("language")
        ],
        "reader": reader,
        "view": asked.get("view") if asked.get("view") in VIEWS else VIEWS[0],
    }
    try:
        context["preview"] = previews.preview(mailing=found, language=language, reader=reader)
    except NewsletterError as refused:
        context["refused"] = str(refused)
    return render(request, "newsletters/staff/mailing_preview.html", context, status=status)


def _test_form(request: HttpRequest) -> AddressForm:
    own = request.user.email if isinstance(request.user, User) else ""
    return AddressForm(prefix="test", initial={"address": own})


def _language(asked: Any, found: Mailing) -> str:
    wanted = asked.get("language", "")
    written = set(found.texts.values_list("language", flat=True))
    return wanted if wanted in written else found.default_language


def _reader(asked: Any, language: str) -> Contact:
    wanted = asked.get("person", "")
    person = None
    if wanted.isdecimal() and len(wanted) < 19:
        person = Contact.objects.filter(pk=int(wanted)).first()
    return person or previews.invented_reader(language)


def _here(found: Mailing, asked: Any) -> str:
    kept = {name: asked.get(name) for name in ("person", "language", "view") if asked.get(name)}
    return reverse("staff:mailing_preview", args=[found.pk]) + (
        "?" + urlencode(kept) if kept else ""
    )
