"""What the campaign says."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.states import ArticleKind, ArticleState


class Campaign(models.Model):
    """A cause that gathers articles, cases, urgent actions and petitions."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.TextField(_("in a few sentences"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A heading articles are filed under. A reader's topic is the category of the same slug."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where the public finds what is filed under it."""
        return reverse("campaigns:category", args=[self.slug])


class Article(models.Model):
    """An article, appeal, press release or open letter. ``body`` is sanitised when it is saved."""

    kind = models.CharField(
        _("kind"), max_length=8, choices=ArticleKind.choices, default=ArticleKind.ARTICLE
    )
    state = models.CharField(
        max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT
    )
    title = models.CharField(_("headline"), max_length=200)
    slug = models.SlugField(_("address"), max_length=200, unique=True, allow_unicode=True)
    excerpt = models.TextField(_("in two sentences"), blank=True)
    body = models.TextField(_("text"), blank=True)
    byline = models.CharField(_("by"), max_length=120, blank=True)
    categories = models.ManyToManyField(Category, blank=True, related_name="articles")
    campaign = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="articles"
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    translation_group = models.UUIDField(default=uuid.uuid4, db_index=True)
    source_name = models.CharField(_("first published by"), max_length=120, blank=True)
    source_url = models.CharField(_("where"), max_length=500, blank=True)
    picture = models.ImageField(_("picture"), upload_to="articles/", blank=True)
    picture_alt = models.CharField(_("what the picture shows"), max_length=250, blank=True)
    picture_caption = models.CharField(_("caption"), max_length=250, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    # The identity in the program it was imported from: importing twice adds nothing.
    imported_guid = models.CharField(max_length=500, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-published_at", "-pk")
        indexes = (models.Index(fields=("state", "-published_at"), name="article_public"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where the public reads it, once it is published."""
        return reverse("campaigns:article", args=[self.slug])


class Redirect(models.Model):
    """An address an article had before; visitors and old links still arrive."""

    old_path = models.CharField(max_length=500, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="redirects")

    def __str__(self) -> str:
        return self.old_path
