"""What a cache in front of the site may keep."""

from typing import TypeVar

from django.http import HttpResponse
from django.utils.cache import patch_cache_control

# As often as totals change (worker/schedule.py).
COUNT_SECONDS = 10

Answer = TypeVar("Answer", bound=HttpResponse)


def public_for_a_moment(response: Answer) -> Answer:
    """Let everybody share ``response`` until the next count, an old one while ours is made."""
    patch_cache_control(
        response,
        public=True,
        max_age=COUNT_SECONDS,
        stale_while_revalidate=2 * COUNT_SECONDS,
        stale_if_error=5 * COUNT_SECONDS,
    )
    return response
