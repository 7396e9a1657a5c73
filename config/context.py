"""What every template may know of the installation."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from newsletters.selectors.alarms import OpenAlarm, open_


@dataclass(frozen=True)
class Site:
    """Who runs this installation, as printed on every page."""

    name: str
    tagline: str
    url: str
    postal_address: str


def here() -> Site:
    """This installation, as its settings say."""
    return Site(
        name=settings.SITE_NAME,
        tagline=settings.SITE_TAGLINE,
        url=settings.SITE_URL,
        postal_address=settings.POSTAL_ADDRESS,
    )


def site(_request: HttpRequest) -> dict[str, Site]:
    """Template variable ``site``."""
    return {"site": here()}


def alarms(_request: HttpRequest) -> dict[str, Callable[[], list[OpenAlarm]]]:
    """Template variable ``open_alarms``; asks the database only where a staff page shows it."""
    return {"open_alarms": open_}
