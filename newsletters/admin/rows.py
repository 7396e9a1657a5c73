"""Raw rows for looking things up. What has rules is read-only here: the staff pages act."""

from django.contrib import admin

from newsletters import models
from newsletters.admin.read_only import ReadOnly


@admin.register(models.Subscription)
class SubscriptionAdmin(ReadOnly):
    """Who is on what: nobody is put on a list by hand."""

    list_display = ("pk", "contact_id", "mailing_list", "state", "confirmed_at")
    list_filter = ("state", "mailing_list")
    list_select_related = ("mailing_list",)


@admin.register(models.ConsentEvent)
class ConsentEventAdmin(ReadOnly):
    """The ledger: only added to."""

    list_display = ("pk", "contact_id", "act", "purpose", "method", "happened_at")
    list_filter = ("act",)


@admin.register(models.ConsentWording)
class ConsentWordingAdmin(ReadOnly):
    """Words people saw."""

    list_display = ("purpose", "language", "version", "created_at")


@admin.register(models.Suppression)
class SuppressionAdmin(ReadOnly):
    """Addresses that are left alone, as keyed hashes."""

    list_display = ("pk", "reason", "scope", "since")
    list_filter = ("reason",)


@admin.register(models.Delivery)
class DeliveryAdmin(ReadOnly):
    """The ledger of mail."""

    list_display = ("pk", "kind", "mailing_id", "contact_id", "state", "reason", "due_at")
    list_filter = ("state", "lane")


@admin.register(models.Topic)
class TopicAdmin(admin.ModelAdmin):
    """Subjects a reader may choose; the slug is that of the articles' category."""

    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(models.Tag)
class TagAdmin(admin.ModelAdmin):
    """Words staff put on people."""

    search_fields = ("name",)


@admin.register(models.CustomField)
class CustomFieldAdmin(ReadOnly):
    """What a campaign asks about people besides; made and changed on the staff pages."""

    list_display = ("key", "name", "kind", "is_open", "position", "gone_since")


@admin.register(models.StaffAct)
class StaffActAdmin(ReadOnly):
    """The audit: who did what with whose data, without an address or a value."""

    list_display = ("pk", "kind", "contact_id", "by", "at")
    list_filter = ("kind",)
    list_select_related = ("by",)
