"""Segments: saved questions about people, built in words, counted while they are built."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.errors import SegmentRefused
from newsletters.models import Contact, Segment
from newsletters.selectors import segment_counts, segments
from newsletters.selectors.segment_counts import PATIENT_S, QUICK_S, Count
from newsletters.selectors.segment_words import Vocabulary, describe
from newsletters.services import segments as service
from newsletters.services.segments import Details
from newsletters.staff import segment_rows
from newsletters.staff.access import staff_page
from newsletters.staff.segment_forms import SegmentForm

PER_PAGE = 50


@dataclass(frozen=True)
class Answer:
    """What is shown about the rule as it stands on the page."""

    words: str = ""
    refused: str = ""
    count: Count | None = None
    sample: list[Contact] | None = None


@dataclass(frozen=True)
class Draft:
    """What stands on the builder's page."""

    segment: Segment | None
    form: SegmentForm
    rule: segment_rows.Rule


@staff_page("newsletters.view_segment")
@require_safe
def segment_list(request: HttpRequest) -> HttpResponse:
    """All segments in words, with their numbers."""
    page = Paginator(segments.saved(), PER_PAGE).get_page(request.GET.get("page"))
    vocabulary = Vocabulary()
    rows = [(row, describe(row.rule, vocabulary)) for row in page.object_list]
    return _page(request, "segments", {"page_obj": page, "rows": rows})


@staff_page("newsletters.add_segment")
def segment_new(request: HttpRequest) -> HttpResponse:
    """Build one and save it."""

    def save(details: Details) -> Segment:
        return service.create(details=details)

    return _builder(request, None, save)


@staff_page("newsletters.change_segment")
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one."""
    found = get_object_or_404(Segment, pk=pk)

    def save(details: Details) -> Segment:
        return service.change(segment=found, details=details)

    return _builder(request, found, save)


@staff_page("newsletters.view_segment")
@require_POST
def segment_count(request: HttpRequest) -> HttpResponse:
    """How many the rule on the page is: at first for a moment, with ``patient`` for longer."""
    seconds = PATIENT_S if "patient" in request.POST else QUICK_S
    answer = _answer(request, _posted(request), seconds)
    return render(request, "newsletters/staff/_segment_count.html", {"answer": answer})


@staff_page("newsletters.delete_segment")
def segment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, and take it away."""
    found = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        try:
            service.delete(segment=found)
        except SegmentRefused as refused:
            messages.error(request, str(refused))
            return redirect("staff:segment_delete", pk)
        messages.success(request, _("“%(segment)s” is gone.") % {"segment": found.name})
        return redirect("staff:segments")
    planned = segments.planned_with(found)[:50]
    return _page(request, "segment_delete", {"segment": found, "planned": planned})


def _builder(
    request: HttpRequest, found: Segment | None, save: Callable[[Details], Segment]
) -> HttpResponse:
    if request.method != "POST":
        initial = {"name": found.name, "description": found.description} if found else {}
        rule = segment_rows.stored(found.rule if found else {})
        return _show(request, Draft(found, SegmentForm(initial=initial), rule))
    rule = _posted(request)
    button = request.POST.get("do", "save")
    if button != "save":
        # Nothing is asked of the name while conditions are put together.
        draft = Draft(found, SegmentForm(initial=request.POST.dict()), rule)
        answer = _answer(request, rule, QUICK_S) if button == "count" else None
        return _show(request, draft, answer)
    form = SegmentForm(request.POST)
    draft = Draft(found, form, rule)
    if not form.is_valid():
        return _show(request, draft, status=422)
    try:
        saved = save(form.details(rule.as_data()))
    except SegmentRefused as refused:
        return _show(request, draft, Answer(refused=str(refused)), status=422)
    messages.success(request, _("“%(segment)s” is saved.") % {"segment": saved.name})
    return redirect("staff:segments")


def _posted(request: HttpRequest) -> segment_rows.Rule:
    return segment_rows.posted(request.POST, beside=SegmentForm.base_fields)


def _answer(request: HttpRequest, rule: segment_rows.Rule, seconds: float) -> Answer:
    data = rule.as_data()
    try:
        count = segment_counts.count(data, seconds=seconds)
        sees_people = request.user.has_perm("newsletters.view_contact")
        sample = segment_counts.sample(data) if sees_people else None
    except SegmentRefused as refused:
        return Answer(refused=str(refused))
    return Answer(words=rule.words, count=count, sample=sample)


def _show(
    request: HttpRequest, draft: Draft, answer: Answer | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "segment": draft.segment,
        "form": draft.form,
        "rule": draft.rule,
        "answer": answer,
        "is_refused": status == HTTPStatus.UNPROCESSABLE_ENTITY,
    }
    return _page(request, "segment", context, status=status)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    found = {"section": "segments", **context}
    return render(request, f"newsletters/staff/{name}.html", found, status=status)
