"""Tags an import made, when it is undone."""

from collections.abc import Callable

from newsletters.models import Contact, ImportJob, Tag
from newsletters.services import imports, segments
from tests.newsletters.imports.test_imports_rules import known

Made = Callable[..., ImportJob]


def test_tags_the_import_made_go_with_it_unless_somebody_wears_or_asks_about_them(
    applied: Made,
) -> None:
    text = "Email,Tags\na@example.org,worn; asked; idle\n"
    job = applied(text, makes_tags=True)
    known("b@example.org").tags.add(Tag.objects.get(name="worn"))
    asked = {"condition": "tag", "operator": "has", "value": str(Tag.objects.get(name="asked").pk)}
    segments.create(details=segments.Details(name="Asked", rule=asked))
    imports.ask_undo(job=job)
    imports.undo(job_id=job.pk)
    assert set(Tag.objects.values_list("name", flat=True)) == {"worn", "asked"}
    assert not Contact.objects.filter(email="a@example.org").exists()


def test_a_tag_another_import_has_seen_stays_for_it(applied: Made, checked: Made) -> None:
    job = applied("Email,Tags\na@example.org,vigil\n", makes_tags=True)
    checked("Email,Tags\nb@example.org,vigil\n")
    imports.ask_undo(job=job)
    imports.undo(job_id=job.pk)
    assert Tag.objects.filter(name="vigil").exists()
