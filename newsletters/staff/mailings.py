"""Mailing pages: write, choose people, look, approve, plan, watch. Each view calls one service."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import NewsletterError
from newsletters.models import Mailing
from newsletters.selectors import audience as audience_of
from newsletters.selectors import mailings as selector
from newsletters.selectors.audience import Audience
from newsletters.selectors.segment_counts import PATIENT_S, QUICK_S
from newsletters.selectors.segment_words import describe
from newsletters.services import mailing_drafts, mailings, pacing, versions
from newsletters.services.pacing import Pace
from newsletters.staff import mailing_page, segment_rows
from newsletters.staff.access import acting, staff_page
from newsletters.staff.composer import Composer
from newsletters.staff.mailing_forms import AudienceForm, HeadingForm, ScheduleForm
from newsletters.staff.pace_forms import PaceForm
from newsletters.states import MailingState

VIEW = "newsletters.view_mailing"
CHANGE = "newsletters.change_mailing"
APPROVE = mailings.APPROVE
PER_PAGE = 50


@staff_page(VIEW)
@require_safe
def mailing_list(request: HttpRequest) -> HttpResponse:
    """All mailings, newest first."""
    page = Paginator(selector.newest_first(), PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "mailings", {"page_obj": page})


@staff_page("newsletters.add_mailing")
def mailing_new(request: HttpRequest) -> HttpResponse:
    """Name it; the text comes next."""
    form = HeadingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = mailing_drafts.create(heading=form.heading(), by=acting(request))
        return redirect("staff:mailing_text", made.pk, made.default_language)
    return _page(request, "mailing_new", {"form": form}, status=_status(form))


@staff_page(VIEW)
@require_safe
def mailing(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it is sent: what is ready and what is missing. Afterwards: the live report."""
    found = get_object_or_404(Mailing, pk=pk)
    if mailing_page.is_report(found):
        return _page(request, "mailing_report", mailing_page.report(found))
    return _page(request, "mailing", mailing_page.review(found))


@staff_page(CHANGE)
def mailing_heading(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name and sender."""
    found = get_object_or_404(Mailing, pk=pk)
    form = HeadingForm(request.POST or None, initial=HeadingForm.initial_of(found))
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(
            request,
            lambda: mailing_drafts.save_heading(mailing=found, heading=form.heading()),
            _("Saved."),
        )
    ):
        return redirect("staff:mailing", pk)
    return _page(request, "mailing_heading", {"mailing": found, "form": form}, status=_status(form))


@staff_page(CHANGE)
def mailing_text(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """The composer of one language."""
    found = get_object_or_404(Mailing, pk=pk)
    text = mailing_page.text_of(found, language)
    if found.state not in selector.EDITABLE:
        messages.info(request, _("The text is frozen. Take the mailing back to change it."))
        return redirect("staff:mailing", pk)
    if request.method != "POST":
        return _composer(request, found, language, Composer.stored(text))
    composer = Composer.posted(request.POST)
    button = request.POST.get("do", "save")
    if not composer.is_valid() or not _tried(
        request,
        lambda: mailing_drafts.save_text(mailing=found, text=composer.text(language)),
        _("Saved.") if button == "save" else "",
    ):
        return _composer(request, found, language, composer, status=422)
    if button == "next":
        return redirect(mailing_page.after_text(found))
    anchor = mailing_page.anchor(composer, button)
    return redirect(request.path + anchor)


@staff_page(CHANGE)
@require_POST
def mailing_language(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin another language, or take one out."""
    found = get_object_or_404(Mailing, pk=pk)
    gone, new = request.POST.get("remove", ""), request.POST.get("add", "")
    if gone and _tried(
        request, lambda: mailing_drafts.remove_text(mailing=found, language=gone), _("Taken out.")
    ):
        return redirect("staff:mailing_text", pk, found.default_language)
    if new not in dict(selector.languages()):
        return redirect("staff:mailing", pk)
    return redirect("staff:mailing_text", pk, new)


@staff_page(CHANGE)
def mailing_audience(request: HttpRequest, pk: int) -> HttpResponse:
    """Lists, lists left out, and a segment in words; counts while it is being chosen."""
    found = get_object_or_404(Mailing, pk=pk)
    if found.state != MailingState.DRAFT:
        return redirect("staff:mailing", pk)
    if request.method != "POST":
        form = AudienceForm(initial={**mailing_page.lists_of(found), "segment": found.segment_id})
        return _audience(request, found, form, segment_rows.stored(found.audience_rule))
    form = AudienceForm(request.POST)
    rule = segment_rows.posted(request.POST, beside=AudienceForm.base_fields)
    if request.POST.get("do") == "count":
        form.is_valid()
        seconds = PATIENT_S if "patient" in request.POST else QUICK_S
        chosen = Audience(
            tuple(form.ids("lists")), tuple(form.ids("excluded")), form.rule(rule.as_data())
        )
        count = mailing_page.count(chosen, seconds)
        context = {"count": count, "mailing": found}
        return render(request, "newsletters/staff/_mailing_count.html", context)
    if request.POST.get("do", "save") != "save" or not form.is_valid():
        return _audience(request, found, form, rule, status=_status(form))
    saved = _tried(
        request,
        lambda: mailing_drafts.set_audience(
            mailing=found,
            lists=form.ids("lists"),
            excluded=form.ids("excluded"),
            rule=form.cleaned_data["segment"] or rule.as_data(),
        ),
        _("Saved."),
    )
    if saved:
        return redirect("staff:mailing_preview", pk)
    return _audience(request, found, form, rule, status=422)


@staff_page(APPROVE)
def mailing_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Send now, or at a local time; says beforehand what will happen."""
    found = get_object_or_404(Mailing, pk=pk)
    if found.state != MailingState.APPROVED:
        if request.method == "POST":
            messages.error(request, str(mailings.moved_on(found)))
        return redirect("staff:mailing", pk)
    button = request.POST.get("do", "plan")
    typed = request.POST if request.method == "POST" else None
    form = ScheduleForm(None if button == "now" else typed, initial=mailing_page.schedule_of(found))
    pace = PaceForm(typed, mailing=found)
    context: dict[str, Any] = {"mailing": found, "form": form, "pace": pace}
    context |= mailing_page.audience(found)
    if pace.is_valid() and (button == "now" or form.is_valid()):
        if button != "now":
            context["sentences"] = mailing_page.plan_sentences(found, form.moment(), pace.pace())
        start = partial(_start, button, found, acting(request), form, pace.pace())
        if button != "look" and _tried(request, start):
            return redirect("staff:mailing", pk)
    return _page(request, "mailing_schedule", context, status=max(_status(form), _status(pace)))


def _start(button: str, found: Mailing, by: User, form: ScheduleForm, pace: Pace) -> None:
    if button == "now":
        pacing.send_now(mailing=found, by=by, pace=pace)
    else:
        pacing.schedule(mailing=found, by=by, moment=form.moment(), pace=pace)


@staff_page(VIEW)
@require_POST
def mailing_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The buttons that move a mailing on. Which right each needs is in ``MOVES``."""
    found = get_object_or_404(Mailing, pk=pk)
    name = request.POST.get("do", "")
    if name not in MOVES:
        raise Http404
    permission, act, done = MOVES[name]
    if not request.user.has_perm(permission):
        raise PermissionDenied
    _tried(request, lambda: act(found, acting(request)), str(done))
    return redirect("staff:mailing", pk)


MOVES: dict[str, tuple[str, Callable[[Mailing, User], Any], Any]] = {
    "approve": (APPROVE, lambda found, by: mailings.approve(mailing=found, by=by), ""),
    # Whoever sees a mistake may stop it; going on needs the right to send.
    "pause": (VIEW, lambda found, _by: mailings.pause(mailing=found), ""),
    "resume": (APPROVE, lambda found, by: mailings.resume(mailing=found, by=by), ""),
    "cancel": (APPROVE, lambda found, by: mailings.cancel(mailing=found, by=by), ""),
    "drop": (CHANGE, lambda found, by: mailings.drop(mailing=found, by=by), ""),
    "draft": (CHANGE, lambda found, _by: mailings.back_to_draft(mailing=found), ""),
    "revise": (APPROVE, lambda found, _by: versions.revise(mailing=found), ""),
}


def _tried(request: HttpRequest, act: Callable[[], Any], done: str = "") -> bool:
    """Do ``act``; a refusal becomes a sentence on the page. Tells whether it was done."""
    try:
        act()
    except NewsletterError as refused:
        messages.error(request, str(refused))
        return False
    if done:
        messages.success(request, done)
    return True


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _composer(
    request: HttpRequest, found: Mailing, language: str, composer: Composer, status: int = 200
) -> HttpResponse:
    context = mailing_page.composing(found, language, composer)
    return _page(request, "mailing_text", context, status=status)


def _audience(
    request: HttpRequest,
    found: Mailing,
    form: AudienceForm,
    rule: segment_rows.Rule,
    status: int = 200,
) -> HttpResponse:
    chosen = audience_of.of(found)
    segment = found.segment
    if form.is_bound:
        form.is_valid()
        segment = form.cleaned_data.get("segment")
        lists, excluded = tuple(form.ids("lists")), tuple(form.ids("excluded"))
        chosen = Audience(lists, excluded, form.rule(rule.as_data()))
    context = {
        "mailing": found,
        "form": form,
        "rule": rule,
        "segment": segment,
        "segment_words": describe(segment.rule) if segment else "",
        "count": mailing_page.count(chosen),
        "is_changed": form.is_bound,
    }
    return _page(request, "mailing_audience", context, status=status)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    found = {"section": "mailings", **context}
    return render(request, f"newsletters/staff/{name}.html", found, status=status)
