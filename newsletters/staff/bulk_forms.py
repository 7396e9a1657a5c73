"""What is to be done to many people, one form for each kind."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.errors import BulkRefused
from newsletters.models import BulkKind, ExportFormat, MailingList, Tag
from newsletters.services import bulk_terms
from newsletters.services.bulk_terms import Terms


class AddTagForm(forms.Form):
    """A word to put on people, also a new one."""

    tag = forms.CharField(
        label=_("Tag"),
        max_length=60,
        error_messages={"required": _("Write the tag they shall get.")},
        help_text=_("One there is already, or a new one."),
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )

    def clean_tag(self) -> Terms:
        """One word or a few."""
        try:
            return bulk_terms.tag_to_put_on(self.cleaned_data["tag"])
        except BulkRefused as refused:
            raise forms.ValidationError(refused.message) from None

    def terms(self) -> Terms:
        """The tag."""
        found: Terms = self.cleaned_data["tag"]
        return found


class RemoveTagForm(forms.Form):
    """A tag to take off."""

    tag = forms.ModelChoiceField(
        label=_("Tag"),
        queryset=Tag.objects.all(),
        to_field_name="name",
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
        error_messages={
            "required": _("Write the tag they shall lose."),
            "invalid_choice": _("There is no tag with this name. Look at the spelling."),
        },
    )

    def terms(self) -> Terms:
        """The tag."""
        return bulk_terms.tag_to_take_off(self.cleaned_data["tag"])


class TakeOffForm(forms.Form):
    """A list to take people off."""

    mailing_list = forms.ModelChoiceField(
        label=_("List"),
        queryset=MailingList.objects.all(),
        empty_label=_("choose"),
        error_messages={
            "required": _("Choose the list they shall leave."),
            "invalid_choice": _("There is no such list. Choose another."),
        },
    )

    def terms(self) -> Terms:
        """The list."""
        return bulk_terms.list_to_leave(self.cleaned_data["mailing_list"])


class SetFieldForm(forms.Form):
    """A field and what shall stand in it."""

    field = forms.ChoiceField(
        label=_("Field"),
        choices=bulk_terms.fields_to_set,
        error_messages={"invalid_choice": _("There is no such field. Choose another.")},
    )
    value = forms.CharField(
        label=_("New value"),
        required=False,
        max_length=1000,
        help_text=_("Left empty, the field is emptied."),
    )

    def clean(self) -> dict[str, Any]:
        """The value as its field reads it."""
        said = super().clean() or {}
        if "field" in said:
            try:
                said["terms"] = bulk_terms.field_to_set(said["field"], said.get("value", ""))
            except BulkRefused as refused:
                self.add_error(refused.code, refused.message)
        return said

    def terms(self) -> Terms:
        """The field and its value."""
        found: Terms = self.cleaned_data["terms"]
        return found


class ExportForm(forms.Form):
    """How the table is written."""

    format = forms.ChoiceField(
        label=_("Write it as"),
        choices=ExportFormat.choices,
        initial=ExportFormat.CSV,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of both."),
            "invalid_choice": _("Choose one of both."),
        },
        help_text=_("CSV is read by every program; XLSX by spreadsheets, up to 250,000 people."),
    )


FORMS: dict[str, Any] = {
    BulkKind.ADD_TAG: AddTagForm,
    BulkKind.REMOVE_TAG: RemoveTagForm,
    BulkKind.TAKE_OFF: TakeOffForm,
    BulkKind.SET_FIELD: SetFieldForm,
}
