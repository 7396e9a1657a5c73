"""Staff pages: urgent actions with their targets and model letters; opening and closing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.errors import ActionRefused
from campaigns.models import UrgentAction
from campaigns.selectors import actions as selectors
from campaigns.services import actions as services
from campaigns.services.actions import Contents
from campaigns.staff.action_forms import (
    ActionForm,
    BaseLetterFormSet,
    LetterFormSet,
    OutcomeForm,
    letter_initial,
)
from newsletters.staff.access import staff_page

PER_PAGE = 50
PERMISSION = "campaigns.change_urgentaction"


@staff_page(PERMISSION)
@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """All urgent actions, newest number first."""
    page = Paginator(selectors.for_staff(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "actions", "page_obj": page}
    return render(request, "campaigns/staff/action_list.html", context)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def action_new(request: HttpRequest) -> HttpResponse:
    """A new urgent action, with the next free number of the year."""
    year = timezone.now().year
    start = UrgentAction(year=year, number=selectors.next_number(year), issue=1)
    return _editor(request, start)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one urgent action."""
    return _editor(request, _found(pk))


@staff_page(PERMISSION)
@require_POST
def action_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Let supporters write."""
    shown = _found(pk)
    try:
        services.open_action(action=shown)
    except ActionRefused as error:
        messages.error(request, _("Not open yet. %(reason)s") % {"reason": error.message})
        return redirect("staff:action", pk=pk)
    messages.success(request, _("Open. Supporters can write now."))
    return redirect("staff:action", pk=pk)


@staff_page(PERMISSION)
@require_POST
def action_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End the letters, or write what came of it once they have ended."""
    shown = _found(pk)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The outcome is too long; shorten it."))
        return redirect("staff:action", pk=pk)
    outcome = form.cleaned_data["outcome"]
    if services.close(action=shown, outcome=outcome):
        messages.success(request, _("Closed. Letters that were not confirmed are not sent."))
    elif services.tell_outcome(action=shown, outcome=outcome):
        messages.success(request, _("The outcome is on the page."))
    return redirect("staff:action", pk=pk)


def _found(pk: int) -> UrgentAction:
    return get_object_or_404(UrgentAction.objects.select_related("case"), pk=pk)


def _editor(request: HttpRequest, shown: UrgentAction) -> HttpResponse:
    saved = shown if shown.pk else None
    data = request.POST if request.method == "POST" else None
    form = ActionForm(data, instance=shown)
    letter_forms = LetterFormSet(data, prefix="letters", initial=letter_initial(saved))
    if data is not None and form.is_valid() and letter_forms.is_valid():
        done = _save(form, letter_forms)
        if done:
            messages.success(request, _("Saved."))
            return redirect("staff:action", pk=done.pk)
    context = {
        "section": "actions",
        "form": form,
        "letter_forms": letter_forms,
        "action": UrgentAction.objects.filter(pk=shown.pk).select_related("case").first(),
        "report": selectors.report(saved) if saved else None,
        "outcome": OutcomeForm(initial={"outcome": shown.outcome}),
    }
    return render(request, "campaigns/staff/action.html", context)


def _save(form: ActionForm, letter_forms: BaseLetterFormSet) -> UrgentAction | None:
    contents = Contents(targets=form.cleaned_data["targets"], letters=letter_forms.letters())
    try:
        return services.save(action=form.save(commit=False), contents=contents)
    except ActionRefused as error:
        form.add_error(error.code if error.code in form.fields else None, error.message)
        return None
