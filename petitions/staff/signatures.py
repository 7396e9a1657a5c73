"""Staff pages: who signed, and which signatures do not belong there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from newsletters.addresses import mask
from newsletters.staff.access import staff_page
from petitions.errors import MoveRefused
from petitions.models import Petition, Signature
from petitions.selectors import petitions as petition_selectors
from petitions.selectors import signatures as selectors
from petitions.services import review
from petitions.staff.forms import FindForm
from petitions.states import SignatureState

PER_PAGE = 50
MOVES: dict[str, Callable[..., None]] = {"out": review.take_out, "back": review.put_back}


@staff_page("petitions.view_signature")
@require_safe
def petition_signatures(request: HttpRequest, pk: int) -> HttpResponse:
    """The signatures, the newest first, with masked addresses."""
    petition = get_object_or_404(petition_selectors.with_texts(Petition.objects.all()), pk=pk)
    form = FindForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    found = selectors.for_staff(petition, state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "petitions",
        "petition": petition,
        "heading": petition_selectors.headline(petition),
        "form": form,
        "filtered": bool(state),
        "page_obj": page,
        "rows": [_row(signature) for signature in page],
        "ignored": selectors.numbers(petition).ignored,
    }
    return render(request, "petitions/staff/signature_list.html", context)


@staff_page("petitions.change_signature")
@require_POST
def signature_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Take one signature out, or put it back."""
    signature = get_object_or_404(Signature, pk=pk)
    if move not in MOVES:
        raise Http404
    try:
        MOVES[move](signature=signature)
        messages.success(request, _("Done. The total follows within a minute."))
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect("staff:petition_signatures", pk=signature.petition_id)


@staff_page("petitions.change_signature")
@require_POST
def petition_count_ignored(request: HttpRequest, pk: int) -> HttpResponse:
    """Count after all what the limits set aside."""
    done = review.count_after_all(petition=get_object_or_404(Petition, pk=pk))
    said = ngettext(
        "%(number)s signature counts now. The total follows within a minute.",
        "%(number)s signatures count now. The total follows within a minute.",
        done,
    )
    messages.success(request, said % {"number": done})
    return redirect("staff:petition_signatures", pk=pk)


def _row(signature: Signature) -> dict[str, Any]:
    is_out = signature.state == SignatureState.INVALIDATED
    moves = {"out": _("Take out"), "back": _("Put back")}
    move = "back" if is_out else "out"
    withdrawn = signature.state == SignatureState.WITHDRAWN
    return {
        "signature": signature,
        "address": mask(signature.email),
        "move": "" if withdrawn else move,
        "button": moves[move],
    }
