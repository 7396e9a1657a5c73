"""Questions about lists."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.errors import SegmentRefused
from newsletters.models import MailingList, Subscription
from newsletters.states import SubscriptionState


class OnList:
    """Is, or is not, on another list."""

    name = "on_list"
    label = gettext_lazy("List")
    operators = {"is": gettext_lazy("is on"), "is_not": gettext_lazy("is not on")}

    def choices(self) -> Sequence[tuple[str, str]]:
        """Every list."""
        return [(str(row.pk), row.name) for row in MailingList.objects.all()[:500]]

    def compile(self, operator: str, value: str) -> Q:
        """Membership as an EXISTS, so that nobody appears twice."""
        if not value.isdecimal():
            raise SegmentRefused("value", _("Choose one of the lists."))
        member = Exists(
            Subscription.objects.filter(
                contact=OuterRef("pk"),
                mailing_list=int(value),
                state=SubscriptionState.ACTIVE,
            )
        )
        return Q(member) if operator == "is" else ~Q(member)


ON_LIST = OnList()
