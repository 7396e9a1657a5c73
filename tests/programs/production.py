"""What stands in the journey's installation before a visitor comes; run as a program."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.models import MailingList
from tests.factories.campaigns import ActionFactory
from tests.factories.newsletters import DigestFactory
from tests.factories.petitions import PetitionFactory

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
