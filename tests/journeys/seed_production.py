"""What stands in the journey's installation before a visitor comes; run as a program."""

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402  # Django must stand first
from django.utils import timezone  # noqa: E402  # likewise

from newsletters.models import MailingList  # noqa: E402  # likewise
from tests.factories.campaigns import ActionFactory  # noqa: E402  # likewise
from tests.factories.newsletters import DigestFactory  # noqa: E402  # likewise
from tests.factories.petitions import PetitionFactory  # noqa: E402  # likewise

PASSWORD = "eleven invented words"


def main() -> None:
    """A member of staff, a list, a petition, an urgent action, a digest whose hour has come."""
    User.objects.create_superuser("aigul", password=PASSWORD)
    news = MailingList.objects.create(name="Letters from Karsh", slug="letters-from-karsh")
    PetitionFactory(slug="free-the-nine", news_list=news)
    ActionFactory(slug="let-the-nurse-see-a-doctor")
    now = timezone.now()
    years_ago = now - timedelta(days=40 * 365)
    DigestFactory(
        mailing_list=news,
        is_automatic=True,
        is_active=False,
        weekday=now.weekday(),
        hour=0,
        covered_until=years_ago,
        planned_from=years_ago,
    )


if __name__ == "__main__":
    main()
