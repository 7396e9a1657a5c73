"""What was taken out by the page of people comes back unchanged."""

import pytest
from django.contrib.auth.models import User

from newsletters.imports.columns import PROFILE
from newsletters.models import Contact, ExportFormat, ImportPolicy, Tag
from newsletters.selectors.exports import WATERMARK
from newsletters.selectors.people import Query
from newsletters.services import exports, imports
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
    export = exports.start(query=Query(), written_as=written_as, by=admin)
    file = exports.open_file(export)
    assert file is not None
    with file:
        job = upload(file.read(), admin, f"people.{written_as}")
    assert WATERMARK not in str(job.mapping)
    assert len([name for name in job.mapping.values() if name]) == 2 + len(PROFILE) + len(own)
    imports.map_columns(job=job, choices=choices(job, policy=ImportPolicy.OVERWRITE))
    imports.check(job_id=job.pk)
    job.refresh_from_db()
    counts = {name: count for name, count in job.report["counts"].items() if count}
    assert counts == {"unchanged": len(NASTY)}
    imports.go(job=job)
    imports.apply(job_id=job.pk)
    assert list(Contact.objects.order_by("pk").values()) == before
