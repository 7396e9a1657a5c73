"""Rows of the raw admin that nobody changes there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly(admin.ModelAdmin):
    """Rows to look at. Pages by 50, without counting a large table."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Never."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: Any = None,  # noqa: ARG002  # Django's signature
    ) -> bool:
        """Never."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: Any = None,  # noqa: ARG002  # Django's signature
    ) -> bool:
        """Never."""
        return False
