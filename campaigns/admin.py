"""Raw rows for those who look after the installation; writing is for the staff pages."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from campaigns.models import (
    Article,
    Campaign,
    Case,
    Category,
    Event,
    Letter,
    Redirect,
    Rsvp,
    Target,
    UrgentAction,
)


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


class LookOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: the staff pages write them, because rules hang on every change."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Only on the staff pages."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Only on the staff pages."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never: totals are counted from these rows."""
        return False


@admin.register(Case)
class CaseAdmin(LookOnlyAdmin):
    """People at risk."""

    list_display = ("name", "status", "detained_on", "is_sensitive")
    list_filter = ("status",)
    search_fields = ("name", "other_names")


@admin.register(UrgentAction)
class UrgentActionAdmin(LookOnlyAdmin):
    """Urgent actions."""

    list_display = ("code", "title", "state", "write_until", "letters_total")
    list_filter = ("state", "year")
    search_fields = ("title",)


@admin.register(Target)
class TargetAdmin(LookOnlyAdmin):
    """Offices; dead ones say since when and why."""

    list_display = ("office", "name", "email", "dead_since", "dead_reason")
    search_fields = ("office", "name")


@admin.register(Letter)
class LetterAdmin(LookOnlyAdmin):
    """Where letters stand. Who wrote what is nobody's business here."""

    list_display = ("pk", "action", "target", "state", "created_at", "confirmed_at")
    list_filter = ("state",)
    fields = ("action", "target", "state", "language", "created_at", "confirmed_at", "delivery")
    readonly_fields = fields
    list_select_related = ("action", "target")


@admin.register(Event)
class EventAdmin(LookOnlyAdmin):
    """Events."""

    list_display = ("title", "state", "starts_at", "town", "capacity")
    list_filter = ("state",)
    search_fields = ("title", "town")


@admin.register(Rsvp)
class RsvpAdmin(LookOnlyAdmin):
    """Where answers stand. Who comes is for those who stand at the door."""

    list_display = ("pk", "event", "state", "created_at", "confirmed_at")
    list_filter = ("state",)
    fields = ("event", "state", "page_language", "told", "created_at", "confirmed_at")
    readonly_fields = fields
    list_select_related = ("event",)
