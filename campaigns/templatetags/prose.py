"""Texts with markup in templates: the one place where stored markup is trusted."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from campaigns.models import Article
from campaigns.services.bodies import safe_body
from newsletters.sanitise import excerpt

register = template.Library()


@register.filter
def prose(html: str) -> SafeString:
    """The markup as it may be shown; cleaned once more, for rows that came another way."""
    return mark_safe(safe_body(html))  # noqa: S308  # the sanitiser's own output


@register.filter
def summary(article: Article, words: int = 45) -> str:
    """The article in two sentences: the excerpt, or else how the text begins."""
    return excerpt(article.excerpt or article.body, words=words)
