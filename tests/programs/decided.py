"""A person decides: everything in doubt is sent again, and every paused mailing goes on."""

from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.models import Mailing
from newsletters.services import deliveries, mailings
from newsletters.services.deliveries import Doubts
from newsletters.states import Decision, MailingState


def main() -> None:
    """As the buttons of the mailing's page do."""
    aigul = User.objects.create_superuser("aigul")
    for mailing in Mailing.objects.filter(state=MailingState.PAUSED):
        doubts = Doubts(mailing.pk, until=timezone.now())
        deliveries.decide(doubts=doubts, act=Decision.AGAIN, by=aigul)
        mailings.resume(mailing=mailing, by=aigul)


if __name__ == "__main__":
    main()
