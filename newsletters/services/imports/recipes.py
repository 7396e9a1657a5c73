"""What staff said about the columns, as the cleaners want it."""

from newsletters.custom_fields import Field
from newsletters.imports.cleaning import Recipe
from newsletters.imports.columns import FIELD
from newsletters.models import ImportJob, ImportPolicy
from newsletters.selectors import custom_fields


def recipe_of(job: ImportJob) -> Recipe:
    """The recipe of this import. An empty cell erases only where overwriting was chosen, too."""
    names = job.layout["columns"]
    return Recipe(
        fields={int(at): name for at, name in job.mapping.items()},
        names=[name or str(at + 1) for at, name in enumerate(names)],
        yes_words=frozenset(job.yes_words),
        custom=tuple(custom_fields.with_kept_choices(_fields_of(job))),
        date_order=job.layout.get("date_order", ""),
        erases=job.erases and job.policy == ImportPolicy.OVERWRITE,
        joins=job.mailing_list_id is not None,
    )


def _fields_of(job: ImportJob) -> list[Field]:
    mapped = set(job.mapping.values())
    return [field for field in custom_fields.known() if f"{FIELD}{field.key}" in mapped]
