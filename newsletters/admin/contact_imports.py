"""A small sheet of people, brought in by the admin: the columns are those of every other table."""

from typing import Any

from django.utils.translation import gettext as _
from import_export import fields

from newsletters.addresses import address_key, parse, person_key
from newsletters.imports.columns import FIELD, CellRefused, read_address
from newsletters.models import Contact, Suppression
from newsletters.resources.contacts import ContactResource
from newsletters.selectors import custom_fields
from newsletters.selectors.contacts import by_address, is_kept_out, keys_of
from newsletters.services import one_owner

# Everything is held in memory and written in one transaction.
MOST_ROWS = 2000


class ContactImport(ContactResource):
    """People as a sheet tells of them, by the rules of the bulk path."""

    def __init__(self, **kwargs: Any) -> None:
        """With the campaign's own fields as they are now."""
        super().__init__(own=custom_fields.known(), **kwargs)

    class Meta:
        use_transactions = True
        import_id_fields = ("email",)
        skip_unchanged = True
        report_skipped = True

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Small sets only; a column is known by its name. Raises ValueError otherwise."""
        if "email" not in (dataset.headers or ()):
            raise ValueError(_("The first row has to name the columns; one is called email."))
        if len(dataset) > MOST_ROWS:
            raise ValueError(
                _("These are more than %(most)s rows. Use Imports on the staff pages.")
                % {"most": MOST_ROWS}
            )
        self._take_kept_choices(dataset)
        one_owner.before_creating()

    def get_instance(self, _loader: Any, row: Any) -> Contact | None:
        """Who has this address, as a further one too.

        A bad address is reported with the row, not instead of it.
        """
        try:
            address, _repairs = read_address(str(row["email"] or ""))
        except CellRefused:
            return None
        return by_address(address)

    def import_field(
        self, field: fields.Field, instance: Contact, row: Any, *args: Any, **kwargs: Any
    ) -> None:
        """An empty cell never erases, and nobody's address is changed by a further one of hers."""
        if field.attribute == "email" and instance.pk:
            return
        if str(row.get(field.column_name) or "").strip() or field.attribute == "email":
            super().import_field(field, instance, row, *args, **kwargs)

    def before_save_instance(self, instance: Contact, row: Any, **_kwargs: Any) -> None:
        """What only we know of an address is never read from the sheet."""
        if not instance.pk:
            address, _repairs = read_address(str(row["email"]))
            instance.email_typed = address.typed
            instance.address_key = address_key(address.canonical)
            instance.person_key = person_key(address)

    def skip_row(
        self,
        instance: Contact,
        original: Contact,
        row: Any,
        import_validation_errors: dict[str, Any] | None = None,
    ) -> bool:
        """People who are not to be written to stay as they are, or away."""
        errors = import_validation_errors or {}
        keys = keys_of(instance) if instance.pk else [address_key(instance.email)]
        if not errors and (
            Suppression.objects.filter(address_key__in=keys).exists()
            or is_kept_out(parse(instance.email))
        ):
            return True
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def _take_kept_choices(self, dataset: Any) -> None:
        """A choice that is offered no more is read where somebody has it, as in the bulk path.

        Only where the sheet says such a word are all people looked at.
        """
        told = (field for field in custom_fields.known() if FIELD + field.key in dataset.headers)
        strange = [field for field in told if self._is_refused(FIELD + field.key, dataset)]
        self.add(custom_fields.with_kept_choices(strange))

    def _is_refused(self, name: str, dataset: Any) -> bool:
        """Whether some cell of this column cannot be read."""
        try:
            for cell in dataset[name]:
                self.fields[name].widget.clean(cell)
        except ValueError:
            return True
        return False
