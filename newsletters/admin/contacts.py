"""People in the raw admin, and the ways in and out for a handful of them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from import_export.admin import ExportActionMixin, ImportExportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm

from newsletters.admin.contact_imports import ContactImport
from newsletters.admin.read_only import ReadOnly
from newsletters.errors import BulkRefused
from newsletters.models import Contact, ExportFormat
from newsletters.resources.tables import FORMATS
from newsletters.selectors.people import Query
from newsletters.services import exports
from newsletters.staff.access import EXPORT, acting


@admin.register(Contact)
class ContactAdmin(ImportExportMixin, ExportActionMixin, ReadOnly):
    """People. A handful can be brought in or taken out; more, and lists, on the staff pages."""

    list_display = ("pk", "email", "given_name", "family_name", "language", "state")
    search_fields = ("email__startswith",)
    resource_classes = (ContactImport,)
    import_formats = (base_formats.CSV,)
    from_encoding = "utf-8-sig"
    # All rows are written or none. Without a page in between no file is left lying about.
    skip_import_confirm = True
    export_formats = tuple(FORMATS.values())
    # Every column: the mark is one of them, and a table of some is no way back in.
    export_form_class = ExportForm
    export_template_name = "newsletters/admin/contact_export.html"
    # Who is ticked stands in no form, which anybody could write anew.
    skip_export_form_from_action = True
    show_change_form_export = False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Who may import on the staff pages."""
        return request.user.has_perm("newsletters.add_importjob")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take people out on the staff pages."""
        return request.user.has_perm(EXPORT)

    def get_valid_export_item_pks(self, _request: HttpRequest) -> tuple[int, ...]:
        """Nobody: the library would read the ids of all people to check those of a form."""
        return ()

    def get_export_context_data(self, **_kwargs: Any) -> dict[str, Any]:
        """What the page says above the form."""
        return {"most": exports.AT_ONCE}

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        """The form, then the table; a question nobody can answer leads back to the list."""
        try:
            answer: HttpResponseBase = super().export_action(request)
        except IncorrectLookupParameters:
            self.message_user(
                request, _("This question cannot be answered. Choose again."), messages.WARNING
            )
            answer = redirect("admin:newsletters_contact_changelist")
        return answer

    def export_admin_action(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponseBase | None:
        """The table of the people who are ticked; back to the list where there is none."""
        try:
            answer: HttpResponseBase = super().export_admin_action(request, queryset)
        except ValueError as refused:
            self.message_user(request, str(refused), messages.WARNING)
            return None
        return answer

    def get_export_data(
        self,
        file_format: base_formats.Format,
        request: HttpRequest,
        queryset: QuerySet[Contact],
        **_kwargs: Any,
    ) -> bytes:
        """The table the staff pages make of these people, with its mark, its audit and its day.

        Raises ValueError with the sentence when there is none.
        """
        if not self.has_export_permission(request):
            raise PermissionDenied
        ids = tuple(queryset.order_by().values_list("pk", flat=True)[: exports.AT_ONCE + 1])
        if len(ids) > exports.AT_ONCE:
            raise ValueError(
                _("These are more than %(most)s people. Take them out on the staff pages.")
                % {"most": exports.AT_ONCE}
            )
        written_as = ExportFormat(file_format.get_extension())
        try:
            made = exports.start(query=Query(ids=ids), written_as=written_as, by=acting(request))
        except BulkRefused as refused:
            raise ValueError(str(refused)) from None
        file = exports.open_file(made)
        if file is None:
            raise ValueError(_("This table is still being made. Look under Tables so far."))
        with file:
            return file.read()
