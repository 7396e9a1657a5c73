"""What was taken out by the page of people comes back unchanged."""

import pytest
from django.contrib.auth.models import User

from newsletters.imports.columns import PROFILE
from newsletters.models import Contact, CustomField, ExportFormat, ImportJob, ImportPolicy, Tag
from newsletters.resources.tables import WATERMARK
from newsletters.selectors.people import Query
from newsletters.services import custom_fields, exports, imports
from newsletters.states import FieldKind
from tests.factories.newsletters import ContactFactory
from tests.newsletters.imports.conftest import choices, upload
from tests.newsletters.imports.test_imports_resources import own_fields

NASTY = ("=Mira", "+Dana", "'=Olim", "-Anna", "O’Brien", "Жанна")


@pytest.mark.parametrize("written_as", list(ExportFormat))
def test_a_table_taken_out_changes_nothing_when_it_comes_back(
    admin: User, written_as: ExportFormat
) -> None:
    own = own_fields()
    for name in NASTY:
        person = ContactFactory(
            given_name=name, family_name="", postcode="01234", phone="+43 1 555", attributes=own
        )
        person.tags.add(Tag.objects.get_or_create(name="-stall")[0])
    before = list(Contact.objects.order_by("pk").values())
    job = _there_and_back(admin, written_as)
    assert WATERMARK not in str(job.mapping)
    assert len([name for name in job.mapping.values() if name]) == 2 + len(PROFILE) + len(own)
    assert _counts(job) == {"unchanged": len(NASTY)}
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    assert list(Contact.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("written_as", list(ExportFormat))
def test_choices_that_staff_moved_renamed_or_took_out_come_back_as_they_were(
    admin: User, written_as: ExportFormat
) -> None:
    diet = _field("Diet", FieldKind.CHOICE, "vegan", "Anything")
    speaks = _field("Speaks", FieldKind.CHOICES, "Orrin", "1", "Karsh")
    said = "Email,Diet,Speaks\na@example.org,vegan,Karsh; 1; Orrin\nb@example.org,ANYTHING,1\n"
    job = upload(said, admin)
    imports.map_columns(job=job, choices=choices(job))
    imports.check(job_id=job.pk)
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    before = [contact.attributes for contact in Contact.objects.order_by("pk")]
    assert before[0] == {"diet": "vegan", "speaks": ["1", "Karsh", "Orrin"]}
    custom_fields.change(field=diet, details=_details("Diet", FieldKind.CHOICE, "anything"))
    custom_fields.change(field=speaks, details=_details("Speaks", FieldKind.CHOICES, "Karsh", "X"))
    assert _counts(_there_and_back(admin, written_as)) == {"unchanged": 2}
    job = upload("Email,Diet\na@example.org,raw\n", admin)
    imports.map_columns(job=job, choices=choices(job))
    imports.check(job_id=job.pk)
    assert _counts(job) == {"refused": 1}


def _there_and_back(admin: User, written_as: ExportFormat) -> ImportJob:
    """Everybody taken out, and the same file checked as one that overwrites."""
    export = exports.start(query=Query(), written_as=written_as, by=admin)
    file = exports.open_file(export)
    assert file is not None
    with file:
        job = upload(file.read(), admin, f"people.{written_as}")
    imports.map_columns(job=job, choices=choices(job, policy=ImportPolicy.OVERWRITE))
    imports.check(job_id=job.pk)
    return job


def _counts(job: ImportJob) -> dict[str, int]:
    job.refresh_from_db()
    return {name: count for name, count in job.report["counts"].items() if count}


def _details(name: str, kind: FieldKind, *words: str) -> custom_fields.Details:
    return custom_fields.Details(name=name, kind=kind, choices=words)


def _field(name: str, kind: FieldKind, *words: str) -> CustomField:
    return custom_fields.create(details=_details(name, kind, *words))
