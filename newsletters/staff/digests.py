"""Staff pages: digests, their issues, and what would go out now."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletters.errors import DigestRefused, NewsletterError
from newsletters.models import Contact, Digest, DigestIssue
from newsletters.selectors import digest_reports as reports
from newsletters.selectors import digests as selector
from newsletters.selectors.digest_hours import next_hour
from newsletters.selectors.digests import Items
from newsletters.services import digests as service
from newsletters.staff.access import acting, staff_page
from newsletters.staff.digest_forms import DigestForm
from newsletters.staff.mailing_forms import AddressForm

CHANGE = "newsletters.change_digest"
APPROVE = "newsletters.approve_mailing"
PER_PAGE = 25


@staff_page(CHANGE)
@require_safe
def digest_list(request: HttpRequest) -> HttpResponse:
    """All digests: when they go out, and how the newest issue stands."""
    now = timezone.now()
    rows = [
        {"digest": digest, "rhythm": reports.rhythm(digest), "next": next_hour(digest, now)}
        for digest in reports.for_staff()
    ]
    context = {"section": "digests", "rows": rows}
    return render(request, "newsletters/staff/digests.html", context)


@staff_page(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def digest_new(request: HttpRequest) -> HttpResponse:
    """Plan a digest."""
    return _editor(request, None)


@staff_page(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def digest_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the plan."""
    return _editor(request, get_object_or_404(Digest, pk=pk))


@staff_page(CHANGE)
@require_safe
def digest(request: HttpRequest, pk: int) -> HttpResponse:
    """One digest and its issues."""
    found = get_object_or_404(Digest.objects.select_related("mailing_list"), pk=pk)
    page = Paginator(reports.issues_of(found), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "digests",
        "digest": found,
        "rhythm": reports.rhythm(found),
        "next": next_hour(found, timezone.now()),
        "readers": selector.readers_of(found).count(),
        "waiting": reports.waiting(found),
        "page_obj": page,
    }
    return render(request, "newsletters/staff/digest.html", context)


@staff_page(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def digest_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """One issue: its items, its topics, and what a named person would get of it."""
    found = get_object_or_404(
        DigestIssue.objects.select_related("digest__mailing_list", "mailing"), pk=pk
    )
    here = reverse("staff:digest_issue", args=[pk])
    return _issue_page(request, found.digest, found.items, here, {"issue": found})


@staff_page(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def digest_today(request: HttpRequest, pk: int) -> HttpResponse:
    """What would go out if its hour came now. Nothing is made."""
    found = get_object_or_404(Digest.objects.select_related("mailing_list"), pk=pk)
    items = selector.new_items(found, timezone.now())
    return _issue_page(request, found, items, reverse("staff:digest_today", args=[pk]), {})


@staff_page(APPROVE)
@require_POST
def digest_issue_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an issue that waits."""
    said = _("Approved. It starts now; the mailing shows how far it is.")
    return _decide(request, pk, service.approve, said)


@staff_page(CHANGE)
@require_POST
def digest_issue_skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave an issue out that waits."""
    said = _("Left out. What is in it comes with the next issue.")
    return _decide(request, pk, service.skip, said)


def _decide(request: HttpRequest, pk: int, act: Callable[..., None], said: str) -> HttpResponse:
    found = get_object_or_404(DigestIssue.objects.select_related("digest", "mailing"), pk=pk)
    try:
        act(issue=found, by=acting(request))
    except NewsletterError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("staff:digest_issue", pk=pk)


def _editor(request: HttpRequest, shown: Digest | None) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, DigestForm(initial=DigestForm.initial_of(shown)), shown)
    form = DigestForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, shown, status=422)
    try:
        if shown is None:
            done = service.create(plan=form.plan(), by=acting(request))
        else:
            done = service.change(digest=shown, plan=form.plan(), by=acting(request))
    except DigestRefused as refused:
        form.add_error(refused.code, str(refused))
        return _form_page(request, form, shown, status=422)
    messages.success(request, _("Saved."))
    return redirect("staff:digest", pk=done.pk)


def _form_page(
    request: HttpRequest, form: DigestForm, shown: Digest | None, status: int = 200
) -> HttpResponse:
    context = {"section": "digests", "form": form, "digest": shown}
    return render(request, "newsletters/staff/digest_form.html", context, status=status)


def _issue_page(
    request: HttpRequest, of: Digest, items: Items, here: str, extra: dict[str, Any]
) -> HttpResponse:
    """A person is searched by POST, so that no address comes into a log."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found = Contact.objects.filter(email=form.cleaned_data["address"]).first()
        if found is not None:
            return redirect(f"{here}?{urlencode({'person': found.pk})}#person")
        form.add_error("address", _("Nobody here has this address."))
    person = _person(request.GET.get("person", ""))
    context = {
        "section": "digests",
        "digest": of,
        "items": reports.with_names(items),
        "topics": reports.topic_counts(of, items),
        "readers": selector.readers_of(of).count(),
        "form": form,
        "person": person,
        "share": reports.share_of(person, of, items) if person else None,
        **extra,
    }
    status = 422 if form.errors else 200
    return render(request, "newsletters/staff/digest_issue.html", context, status=status)


def _person(wanted: str) -> Contact | None:
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 19):
        return None
    return Contact.objects.filter(pk=int(wanted)).first()
