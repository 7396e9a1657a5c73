"""Where the links in mails lead: a page with one button. Looking at it changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletters import tokens as seals
from newsletters.tokens import Sealed
from petitions import tokens
from petitions.errors import DetailsChanged, SignatureGone, SigningOver
from petitions.models import Signature
from petitions.selectors import petitions as petition_selectors
from petitions.selectors import signatures as selectors
from petitions.services import letterbox, signatures
from petitions.states import SignatureState

METHODS = ["GET", "HEAD", "POST"]


# The sealed link is the proof; a mail program has no cookie to show.
@csrf_exempt
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a signature. An old link offers to mail a fresh one."""
    sealed = seals.unseal(tokens.CONFIRM, token)
    signature = selectors.find(sealed.first) if sealed else None
    if sealed is None or signature is None:
        return _broken(request)
    with translation.override(signature.language):
        if request.method != "POST":
            return _asked(request, signature, sealed)
        try:
            return _pressed(request, signature, sealed)
        except SignatureGone:
            return _broken(request)


@csrf_exempt
@require_http_methods(METHODS)
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Take a name off: the signer changed her mind, or somebody else typed her address."""
    sealed = seals.unseal(tokens.WITHDRAW, token)
    signature = selectors.find(sealed.first) if sealed else None
    if signature is None:
        return _broken(request)
    with translation.override(signature.language):
        if request.method == "POST":
            signatures.withdraw(signature=signature)
        is_off = signature.state == SignatureState.WITHDRAWN
        return _page(request, "withdrawn" if is_off else "withdraw", signature)


def _asked(request: HttpRequest, signature: Signature, sealed: Sealed) -> HttpResponse:
    if signature.state == SignatureState.WITHDRAWN:
        return _page(request, "withdrawn", signature)
    if signature.state != SignatureState.PENDING:
        # Whoever finds a used link hears nothing of the person who used it.
        return _page(request, "used", signature)
    if not petition_selectors.takes_confirmations(signature.petition):
        return _page(request, "over", signature)
    old = sealed.is_older_than(tokens.CONFIRM_HOURS)
    return _page(request, "expired" if old else "confirm", signature)


def _pressed(request: HttpRequest, signature: Signature, sealed: Sealed) -> HttpResponse:
    if signature.state == SignatureState.WITHDRAWN:
        return _page(request, "withdrawn", signature)
    if sealed.is_older_than(tokens.CONFIRM_HOURS):
        return _press_on_old_link(request, signature)
    try:
        signature = signatures.confirm(
            signature_id=signature.pk, revision=_number(request.POST.get("revision"))
        )
    except DetailsChanged as changed:
        signature.refresh_from_db()
        return _page(request, "confirm", signature, note=str(changed), status=409)
    except SigningOver:
        return _page(request, "over", signature, status=409)
    return _page(request, "thanks", signature)


def _press_on_old_link(request: HttpRequest, signature: Signature) -> HttpResponse:
    if signature.state != SignatureState.PENDING:
        return _page(request, "used", signature)
    if "again" in request.POST:
        signatures.send_link_again(signature_id=signature.pk)
        return _page(request, "again", signature)
    return _page(request, "expired", signature)


def _number(given: str | None) -> int:
    """The revision shown beside the button; 0 fits none."""
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) < 9 else 0


def _page(
    request: HttpRequest, name: str, signature: Signature, note: str = "", status: int = 200
) -> HttpResponse:
    petition = signature.petition
    context = {
        "section": "petitions",
        "signature": signature,
        "petition": petition,
        "text": signature.text,
        "note": note,
        "page_url": petition_selectors.url(petition, signature.language),
        "withdraw_url": letterbox.withdraw_url(signature),
    }
    return render(request, f"petitions/public/{name}.html", context, status=status)


def _broken(request: HttpRequest) -> HttpResponse:
    context = {"section": "petitions", "note": _("This link does not work.")}
    return render(request, "petitions/public/broken.html", context, status=404)
