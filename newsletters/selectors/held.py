"""Everything that is held about one person, section by section, under words people understand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from newsletters.custom_fields import Field, show
from newsletters.imports.columns import BY_NAME, FIELD
from newsletters.models import (
    AddressChange,
    BulkChangeRow,
    BulkKind,
    Contact,
    Delivery,
    DeliveryBody,
    DeliveryEvent,
    DigestRead,
    ImportChange,
    MailingVersion,
    Merge,
    StaffAct,
)
from newsletters.ports import personal_data
from newsletters.selectors import custom_fields, doors
from newsletters.selectors.contacts import (
    consent_history,
    keys_of,
    numbers_of,
    profile_of,
    subscriptions_of,
    suppressions_of,
)
from newsletters.selectors.profile import in_words
from newsletters.selectors.timeline import field_names

Row = dict[str, Any]
# A subject with placeholders → as she read it.
Fill = Callable[[str], str]
# The texts of so many mails are in memory at once.
CHUNK = 50


class Language(str):
    """The code of a language, as programs read it; for people it is shown by its name."""

    __slots__ = ()
    is_language = True


class Country(str):
    """The code of a country, as programs read it; for people it is shown by its name."""

    __slots__ = ()

    @property
    def country_name(self) -> str:
        """In the language that is active; the code itself when nobody knows it."""
        return in_words("country", self)


@dataclass(frozen=True)
class Section:
    """One kind of thing. ``rows`` may be asked again and again; each begins anew."""

    name: str
    label: str
    rows: Callable[[], Iterator[Row]]


def sections(contact: Contact, fill: Fill) -> list[Section]:
    """All of it, in the language that is active; the apps above have sections of their own.

    ``fill`` makes of the subject of a mailing the one she got. Names of staff are
    left out: they are other people's data, and in some places a danger to them.
    What was done and when is all there.
    """
    keys = keys_of(contact)
    own: list[tuple[str, str, Callable[[], Iterator[Row]]]] = [
        ("profile", _("Profile"), lambda: _profile(contact)),
        ("addresses", _("Addresses"), lambda: _addresses(contact)),
        ("notes", _("Notes"), lambda: _notes(contact)),
        ("lists", _("Lists"), lambda: _lists(contact)),
        ("consents", _("What you agreed to and withdrew"), lambda: _consents(contact)),
        ("left_alone", _("Addresses we leave alone"), lambda: _suppressions(keys)),
        ("mails", _("Mails"), lambda: _mails(contact, fill)),
        ("heard", _("Mails you opened, and links you followed"), lambda: _heard(contact, fill)),
        ("digests", _("What digests have given you"), lambda: _digests(contact)),
        ("imports", _("Tables you came with"), lambda: _imports(contact)),
        ("changes", _("Changes made to many people at once"), lambda: _changes(contact)),
        ("merges", _("Entries that were made one with yours"), lambda: _merges(contact)),
        ("staff", _("What organisers did"), lambda: _acts(contact)),
    ]
    return [
        *(Section(*one) for one in own),
        *(
            Section(holder.name, str(holder.label), _of_app(holder.held, keys))
            for holder in personal_data()
        ),
    ]


def _of_app(
    held: Callable[[Sequence[str]], list[Row]], keys: Sequence[str]
) -> Callable[[], Iterator[Row]]:
    return lambda: iter(held(keys))


def _when(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _profile(contact: Contact) -> Iterator[Row]:
    row: Row = dict(profile_of(contact))
    if contact.country:
        row[_("Country")] = Country(contact.country)
    known = {field.key for field in custom_fields.known()}
    row |= {key: value for key, value in contact.attributes.items() if key not in known}
    yield row | {
        _("Language"): Language(contact.language),
        _("Digest"): contact.get_digest_frequency_display(),
        _("Topics"): ", ".join(topic.name for topic in contact.topics.all()),
        _("No mail before"): str(contact.paused_until or ""),
        _("Mailbox"): contact.get_state_display(),
        _("Known since"): _when(contact.created_at),
        _("Changed"): _when(contact.updated_at),
    }


def _addresses(contact: Contact) -> Iterator[Row]:
    yield {_("Address"): contact.email, _("As typed"): contact.email_typed, _("Use"): _("mail")}
    for row in contact.other_addresses.all():
        yield {
            _("Address"): row.email,
            _("As typed"): row.email_typed,
            _("Use"): _("to find you by"),
            _("Since"): _when(row.created_at),
        }
    for change in AddressChange.objects.filter(contact=contact):
        yield {
            _("Address"): change.email,
            _("As typed"): change.email_typed,
            _("Use"): _("waits for your answer"),
            _("Since"): _when(change.created_at),
        }


def _notes(contact: Contact) -> Iterator[Row]:
    for row in contact.notes.all().iterator(chunk_size=CHUNK):
        yield {_("Text"): row.text, _("Written"): _when(row.created_at)}


def _lists(contact: Contact) -> Iterator[Row]:
    for row in subscriptions_of(contact):
        yield {
            _("List"): row.mailing_list.name,
            _("State"): row.get_state_display(),
            _("Door"): doors.words(row.method),
            _("Since"): _when(row.created_at),
            _("Confirmed"): _when(row.confirmed_at),
            _("Left"): _when(row.unsubscribed_at),
        }


def _consents(contact: Contact) -> Iterator[Row]:
    for row in consent_history(contact).iterator(chunk_size=500):
        yield {
            _("When"): _when(row.happened_at),
            _("What"): row.get_act_display(),
            _("For"): row.mailing_list.name if row.mailing_list else row.purpose,
            _("Words"): row.wording.text if row.wording else "",
            _("Language"): Language(row.wording.language if row.wording else ""),
            _("Version"): row.wording.version if row.wording else "",
            _("Door"): doors.words(row.method),
            _("Legal basis"): row.legal_basis,
        }


def _suppressions(keys: list[str]) -> Iterator[Row]:
    for row in suppressions_of(keys):
        yield {
            _("What"): row.get_scope_display(),
            _("Why"): row.get_reason_display(),
            _("More"): doors.words(row.detail),
            _("Since"): _when(row.since),
        }


def _mails(contact: Contact, fill: Fill) -> Iterator[Row]:
    rows = Delivery.objects.filter(contact=contact).order_by("-pk").iterator(chunk_size=CHUNK)
    chunk: list[Delivery] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from _told(chunk, fill)
            chunk = []
    yield from _told(chunk, fill)


def _told(chunk: list[Delivery], fill: Fill) -> Iterator[Row]:
    ids = {row.version_id for row in chunk if row.version_id}
    versions = MailingVersion.objects.only("parts").in_bulk(ids)
    bodies = DeliveryBody.objects.filter(pk__in=[row.pk for row in chunk])
    own = dict(bodies.values_list("pk", "subject"))
    for row in chunk:
        version = versions.get(row.version_id) if row.version_id else None
        subject = _subject(row, version, fill) or own.get(row.pk)
        yield {
            _("Subject"): subject or row.kind.partition(".")[2].replace("_", " "),
            _("To"): row.address,
            _("State"): row.get_state_display(),
            _("Why"): row.get_reason_display() if row.reason else row.last_text,
            _("Planned"): _when(row.created_at),
            _("Accepted"): _when(row.accepted_at),
        }


def _heard(contact: Contact, fill: Fill) -> Iterator[Row]:
    rows = DeliveryEvent.objects.filter(contact=contact).order_by("-happened_at", "-pk")
    for row in rows.select_related("delivery__version", "link").iterator(chunk_size=CHUNK):
        yield {
            _("What"): _("followed a link") if row.link else _("opened"),
            _("Subject"): _subject(row.delivery, row.delivery.version, fill),
            _("Link"): row.link.url if row.link else "",
            _("Day"): row.happened_at.date().isoformat(),
            _("By"): _("a program, it seems") if row.by_machine else _("you, it seems"),
        }


def _subject(row: Delivery, version: MailingVersion | None, fill: Fill) -> str:
    """As she read it; empty for a mail of our own."""
    words = version.parts.get(row.language, {}).get(row.variant, {}) if version else {}
    return fill(words["subject"]) if words.get("subject") else ""


def _digests(contact: Contact) -> Iterator[Row]:
    keys = DigestRead.objects.filter(contact=contact).order_by("pk")
    for key in keys.values_list("item_key", flat=True).iterator(chunk_size=500):
        yield {_("What"): key}


def _imports(contact: Contact) -> Iterator[Row]:
    rows = ImportChange.objects.filter(contact=contact).select_related("job")
    light = rows.defer("job__report", "job__result", "job__layout", "job__mapping")
    fields = {field.key: field for field in custom_fields.known()}
    for row in light.order_by("pk"):
        yield {
            _("When"): _when(row.job.finished_at or row.job.created_at),
            _("Source"): row.job.source,
            _("Legal basis"): row.job.legal_basis,
            _("You were new"): row.created,
            _("Before"): _noted(row.before, fields),
            _("After"): _noted(row.after, fields),
        }


def _changes(contact: Contact) -> Iterator[Row]:
    rows = BulkChangeRow.objects.filter(contact=contact).select_related("change")
    fields = {field.key: field for field in custom_fields.known()}
    for row in rows.order_by("pk"):
        name = str(row.change.terms.get("field", ""))
        yield {
            _("When"): _when(row.change.finished_at or row.change.created_at),
            _("What"): str(BulkKind(row.change.kind).label),
            _("Which"): str(row.change.terms.get("name", "")),
            _("Before"): _in_words(name, row.before.get("value"), fields),
        }


def _noted(said: Mapping[str, Any], fields: Mapping[str, Field]) -> Row:
    """What an import noted of her, under the names that stand on her profile."""
    row: Row = {}
    for name, value in said.items():
        if name == "attributes":
            for key, kept in value.items():
                label = fields[key].name if key in fields else key
                row[label] = _in_words(f"{FIELD}{key}", kept, fields)
        elif name == "tags":
            row[_("Tags")] = ", ".join(value)
        elif name == "joined":
            row[_("Joined the list")] = _("yes")
        else:
            row[str(BY_NAME[name].label)] = _in_words(name, value, fields)
    return row


def _in_words(name: str, value: Any, fields: Mapping[str, Field]) -> str:
    if name == "language":
        return Language(value or "")
    field = fields.get(name.removeprefix(FIELD)) if name.startswith(FIELD) else None
    return show(field, value) if field else in_words(name, "" if value is None else str(value))


def _merges(contact: Contact) -> Iterator[Row]:
    for row in Merge.objects.filter(kept=contact).order_by("pk"):
        yield {_("When"): _when(row.created_at), _("Undone"): _when(row.undone_at)}


def _acts(contact: Contact) -> Iterator[Row]:
    for row in StaffAct.objects.filter(contact_id__in=numbers_of(contact)).order_by("-pk"):
        yield {
            _("When"): _when(row.at),
            _("What"): row.get_kind_display(),
            _("Fields"): field_names(row.details),
        }
