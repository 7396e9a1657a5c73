"""Sender domains: which sign, what has to be published, and whether it is."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newsletters.dkim.records import LONGEST_STRING, Entry
from newsletters.errors import SenderDomainRefused
from newsletters.models import DkimKey, SenderDomain
from newsletters.selectors import sender_domains as selector
from newsletters.services import dkim_keys, warm_up
from newsletters.services import sender_domains as service
from newsletters.staff.access import staff_page
from newsletters.staff.sender_domain_forms import SenderDomainForm, WarmUpForm
from newsletters.states import DkimFinding

CHANGE = "newsletters.change_senderdomain"


@dataclass(frozen=True)
class ShownKey:
    """A key as its page shows it; never anything of its private half."""

    key: DkimKey
    signs: bool
    # It signed until its record went.
    is_lost: bool

    @property
    def entry(self) -> Entry:
        """Its DNS record."""
        return selector.entry_of(self.key)

    @property
    def is_long(self) -> bool:
        """Whether one string of a zone file cannot hold it."""
        return len(self.entry.value) > LONGEST_STRING

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.signs:
            return _("Signs mail")
        if self.key.verified_at:
            return _("A newer one signs")
        return _("Its record is gone") if self.is_lost else _("Signs nothing yet")

    @property
    def code(self) -> str:
        """For the colour of the words."""
        if self.is_lost:
            return "failed"
        return "active" if self.signs else "pending"


@staff_page(CHANGE)
@require_safe
def sender_domains(request: HttpRequest) -> HttpResponse:
    """All sender domains and whether mail from them is signed here."""
    context = {"section": "sender_domains", "domains": selector.with_keys()}
    return render(request, "newsletters/staff/sender_domains.html", context)


@staff_page(CHANGE)
def sender_domain_new(request: HttpRequest) -> HttpResponse:
    """Enter a domain."""
    form = SenderDomainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.add(domain=form.cleaned_data["domain"])
        except SenderDomainRefused as error:
            form.add_error("domain", str(error))
        else:
            messages.success(request, _("%(domain)s is there.") % {"domain": made.domain})
            return redirect("staff:sender_domain", pk=made.pk)
    context = {"section": "sender_domains", "form": form}
    status = 422 if form.errors else 200
    return render(request, "newsletters/staff/sender_domain_new.html", context, status=status)


@staff_page(CHANGE)
def sender_domain(request: HttpRequest, pk: int) -> HttpResponse:
    """One domain: its keys with what to publish, and its warm-up."""
    found = get_object_or_404(SenderDomain, pk=pk)
    if request.method != "POST":
        return _show(request, found, WarmUpForm(initial={"warm_up_from": found.warm_up_from}))
    form = WarmUpForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    service.warm_up(sender_domain=found, since=form.cleaned_data["warm_up_from"])
    messages.success(request, _("Saved."))
    return redirect("staff:sender_domain", pk=pk)


@staff_page(CHANGE)
@require_POST
def dkim_key_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Look the record of a key up now."""
    key = _key(pk)
    finding = dkim_keys.verify(key=key)
    tell = messages.success if finding is DkimFinding.HOLDS else messages.warning
    tell(request, f"{key.selector}: {finding.label}")
    return redirect("staff:sender_domain", pk=key.domain_id)


@staff_page(CHANGE)
@require_POST
def dkim_key_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign nothing with a key any more."""
    key = _key(pk)
    dkim_keys.retire(key=key)
    sentence = _("%(selector)s signs nothing any more. Its record can be taken out of the DNS.")
    messages.success(request, sentence % {"selector": key.selector})
    return redirect("staff:sender_domain", pk=key.domain_id)


def _key(pk: int) -> DkimKey:
    return get_object_or_404(DkimKey.objects.select_related("domain"), pk=pk)


def _show(
    request: HttpRequest, found: SenderDomain, form: WarmUpForm, status: int = 200
) -> HttpResponse:
    signing = set(selector.signing_keys().filter(domain=found).values_list("pk", flat=True))
    lost = dkim_keys.lost()
    context = {
        "section": "sender_domains",
        "domain": found,
        "form": form,
        "keys": [
            ShownKey(key, key.pk in signing, key.pk in lost) for key in selector.keys_of(found)
        ],
        "is_signed": bool(signing),
        "allowed": warm_up.allowed(found.warm_up_from, timezone.now().date()),
    }
    return render(request, "newsletters/staff/sender_domain.html", context, status=status)
