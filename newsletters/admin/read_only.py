"""Rows of the raw admin that nobody changes there."""

from typing import Any

from django.contrib import admin


class ReadOnly(admin.ModelAdmin):
    """Rows to look at. Pages by 50, without counting a large table."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, *_asked: Any, **_named: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, *_asked: Any, **_named: Any) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, *_asked: Any, **_named: Any) -> bool:
        """Never."""
        return False
