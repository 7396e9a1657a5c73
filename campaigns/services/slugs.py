"""Addresses made from words."""

from django.db.models import Model
from django.utils.text import slugify

LIMIT = 100


def free_slug(model: type[Model], text: str, limit: int = LIMIT) -> str:
    """A slug of ``text`` no other row of ``model`` has; letters of every script stay."""
    base = slugify(text, allow_unicode=True)[:limit].strip("-") or model._meta.model_name or "page"
    taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
