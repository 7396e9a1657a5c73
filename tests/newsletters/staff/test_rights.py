"""Who may open which page about people, and that looking at one writes nothing."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from newsletters.models import Contact, ImportJob, MailingList
from tests.factories import world
from tests.factories.places import Arguments
from tests.infra.snapshots import everything
from tests.test_doors import STAFF

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Door → the right it asks for. A new door must be written here.
RIGHTS = {
    "view_contact": "people person",
    "change_contact": "person_edit person_take_off person_addresses person_address_first "
    "person_address_remove person_note_add person_note_delete person_access double_with doubles "
    "doubles_look double double_different merge_undo",
    "delete_contact": "person_erase retention",
    "add_suppression": "person_block person_unblock",
    "export_contact": "exports export_new export export_progress export_file export_stop "
    "consent_table",
    "add_bulkchange": "bulk_list bulk_new bulk bulk_progress bulk_stop bulk_undo",
    "view_customfield": "custom_fields",
    "add_customfield": "custom_field_new",
    "change_customfield": "custom_field custom_field_move",
    "delete_customfield": "custom_field_delete",
    "view_mailinglist": "lists consent_report",
    "add_mailinglist": "list_new",
    "change_mailinglist": "list",
    "view_segment": "segments segment_count",
    "add_segment": "segment_new",
    "change_segment": "segment",
    "delete_segment": "segment_delete",
    "add_importjob": "imports import_new import_map import_check import_report import_refused "
    "import_progress import_apply import_stop import_undo",
}
ABOUT_PEOPLE = (
    *("people", "person", "double", "merge", "custom_field", "bulk", "export"),
    *("list", "consent", "segment", "import", "retention"),
)


@pytest.fixture
def places(settings: Settings, tmp_path: Path) -> dict[str, list[str]]:
    """Right → the addresses that ask for it, with rows behind each."""
    settings.OUTBOX_ROOT = tmp_path / "outbox"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"
    rows: dict[str, list[Arguments]] = world.build()
    doors = {door.name.removeprefix("staff:"): door for door in STAFF}
    return {
        right: [
            reverse(f"staff:{name}", kwargs=arguments)
            for name in names.split()
            for arguments in (rows[f"staff:{name}"] if doors[name].arguments else [{}])
        ]
        for right, names in RIGHTS.items()
    }


def somebody(*, has: str = "", lacks: str = "") -> Client:
    """Staff with one right, or with every right but one."""
    user = User.objects.create_user(f"has {has} lacks {lacks}", is_staff=True)
    rights = Permission.objects.all()
    user.user_permissions.set(
        rights.filter(codename=has) if has else rights.exclude(codename=lacks)
    )
    client = Client()
    client.force_login(user)
    return client


def test_every_door_about_people_asks_for_a_right_of_its_own() -> None:
    known = {name for names in RIGHTS.values() for name in names.split()}
    doors = {door.name.removeprefix("staff:") for door in STAFF}
    assert {name for name in doors if name.startswith(ABOUT_PEOPLE)} == known


def test_without_that_right_nothing_is_shown_and_nothing_written(
    places: dict[str, list[str]],
) -> None:
    secrets = {
        *Contact.objects.values_list("email", flat=True),
        *Contact.objects.values_list("family_name", flat=True),
        *MailingList.objects.values_list("name", flat=True),
        *ImportJob.objects.values_list("file_name", flat=True),
    } - {""}
    people = {right: somebody(lacks=right) for right in places}
    visitor = Client()
    before = everything()
    for right, paths in places.items():
        for path in paths:
            refused = [people[right].get(path), people[right].head(path), people[right].post(path)]
            assert [answer.status_code for answer in refused] == [403] * 3, f"{path} for {right}"
            assert not [secret for secret in secrets if secret in refused[0].text], path
            for call in (visitor.get, visitor.post):
                answer = call(path)
                assert (answer.status_code, answer.content) == (302, b"")
    assert everything() == before


def test_with_that_right_alone_a_page_opens_and_looking_writes_nothing(
    places: dict[str, list[str]],
) -> None:
    people = {right: somebody(has=right) for right in places}
    before = everything()
    for right, paths in places.items():
        for path in paths:
            for call in (people[right].get, people[right].head):
                answer = call(path)
                b"".join(answer)  # a file is closed once it has been read
                assert answer.status_code in {200, 302, 405}, f"{path} for {right}"
    assert everything() == before
