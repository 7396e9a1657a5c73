"""Raw rows for those who look after the installation; writing is for the staff pages."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from campaigns.models import Article, Campaign, Category, Redirect


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):
    """Causes."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    """Articles to look at: bodies are made safe by the staff pages, so nothing is written here."""

    list_display = ("title", "state", "kind", "language", "published_at")
    list_filter = ("state", "kind", "language")
    search_fields = ("title", "slug", "byline")
    filter_horizontal = ("categories",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Only on the staff pages."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Only on the staff pages."""
        return False


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    """Old addresses."""

    list_display = ("old_path", "article")
    search_fields = ("old_path",)
    raw_id_fields = ("article",)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """Headings; new ones are made while writing an article, together with the readers' topic."""

    list_display = ("name", "slug")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Only on the staff pages."""
        return False
