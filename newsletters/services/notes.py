"""What staff should know about a person, in their own words. She can ask to read it."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from newsletters.models import ActKind, Contact, Note
from newsletters.services import acts, presses


@transaction.atomic
def add(*, contact: Contact, text: str, by: User) -> Note:
    """One more note, with who wrote it and when. Raises Contact.DoesNotExist for who is erased.

    The same words by the same hand within half a minute are the same note.
    """
    # An erasure waits, or is waited for; so does a second press.
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    before = contact.notes.filter(
        text=text, created_by=by, created_at__gt=timezone.now() - presses.AGAIN
    ).first()
    if before is not None:
        return before
    note = Note.objects.create(contact=contact, text=text, created_by=by)
    acts.note(kind=ActKind.NOTED, contact_id=contact.pk, by=by)
    return note


@transaction.atomic
def delete(*, note: Note, by: User) -> bool:
    """The note is gone for good. False when somebody else had deleted it before."""
    deleted, _rows = Note.objects.filter(pk=note.pk).delete()
    if deleted:
        acts.note(
            kind=ActKind.EDITED, contact_id=note.contact_id, by=by, details={"fields": ["notes"]}
        )
    return bool(deleted)
