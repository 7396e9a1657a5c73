"""Texts with markup in templates: the one place where stored markup is trusted."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from campaigns.models import Article
from campaigns.services.bodies import safe_body
from newsletters.sanitise import excerpt, plain_text

register = template.Library()


@register.filter
def prose(html: str) -> SafeString:
    """The markup as it may be shown; cleaned once more, for rows that came another way."""
    return mark_safe(safe_body(html))  # noqa: S308  # the sanitiser's own output


@register.filter
def summary(article: Article, words: int = 45) -> str:
    """The article in two sentences: the excerpt, or else how the text begins."""
    return excerpt(article.excerpt or article.body, words=words)


@register.filter
def lede(article: Article) -> str:
    """The excerpt, unless the text begins with the same words: nobody wants to read them twice."""
    first, text = article.excerpt.split(), plain_text(article.body).split()
    # The last word of an excerpt made by machine may be cut.
    repeats = text[: len(first)][:-1] == first[:-1]
    return "" if repeats else article.excerpt
