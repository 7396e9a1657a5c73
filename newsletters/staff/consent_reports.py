"""What can be proved of a list, as a page and as a table."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from newsletters.models import ActKind, MailingList
from newsletters.resources.consent_reports import ConsentResource
from newsletters.resources.tables import watermark
from newsletters.selectors import consent_reports
from newsletters.services import acts
from newsletters.staff.access import EXPORT, acting, staff_page
from newsletters.staff.downloads import csv_file


@staff_page("newsletters.view_mailinglist")
@require_safe
def consent_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Every wording with how many agreed, by which door, in which month, and withdrew since."""
    mailing_list = get_object_or_404(MailingList, pk=pk)
    chapters = consent_reports.chapters(mailing_list)
    context = {
        "section": "lists",
        "list": mailing_list,
        "chapters": chapters,
        "agreed": sum(chapter.agreed for chapter in chapters),
        "withdrawn": sum(chapter.withdrawn for chapter in chapters),
    }
    return render(request, "newsletters/staff/consent_report.html", context)


@staff_page(EXPORT)
@require_POST
def consent_table(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One line for every consent, streamed; the audit names the list."""
    mailing_list = get_object_or_404(MailingList, pk=pk)
    acts.note(kind=ActKind.EXPORTED, by=acting(request), details={"list": pk})
    mark = watermark(f"consents {pk}", timezone.now(), acting(request))
    lines = ConsentResource().marked(mark).lines(consent_reports.table(mailing_list))
    return csv_file(lines, f"consents-{mailing_list.slug}.csv")
