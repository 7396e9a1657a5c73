"""Questions about lists and tags."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from newsletters.models import ContactTag, MailingList, Subscription, Tag
from newsletters.ports import Question, Takes
from newsletters.selectors.segment_values import row_id, since
from newsletters.states import SubscriptionState

MOST_CHOICES = 500


class OnList:
    """Where she stands on a list."""

    name = "on_list"
    label = gettext_lazy("Lists")
    operators = {
        "is": Question(gettext_lazy("is on …"), (Takes.CHOICE,)),
        "is_not": Question(gettext_lazy("is not on …"), (Takes.CHOICE,)),
        "one_of": Question(gettext_lazy("is on one of …"), (Takes.SEVERAL,)),
        "joined_within": Question(
            gettext_lazy("joined … in the last … days and is still on it"),
            (Takes.CHOICE, Takes.DAYS),
        ),
        "left": Question(gettext_lazy("has left …"), (Takes.CHOICE,)),
        "none": Question(gettext_lazy("is on no list at all")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """Every list."""
        return [(str(row.pk), row.name) for row in MailingList.objects.all()[:MOST_CHOICES]]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """Membership as an EXISTS, so that nobody appears twice."""
        own = Subscription.objects.filter(contact=OuterRef("pk"))
        active = own.filter(state=SubscriptionState.ACTIVE)
        if operator == "none":
            return ~Q(Exists(active))
        if operator == "joined_within":
            chosen, days = values
            return Q(
                Exists(active.filter(mailing_list=row_id(chosen), confirmed_at__gte=since(days)))
            )
        chosen_ids = [row_id(value) for value in values]
        if operator == "left":
            left = own.filter(state=SubscriptionState.UNSUBSCRIBED, mailing_list__in=chosen_ids)
            return Q(Exists(left))
        found = Q(Exists(active.filter(mailing_list__in=chosen_ids)))
        return ~found if operator == "is_not" else found


class Tagged:
    """Words staff put on her."""

    name = "tag"
    label = gettext_lazy("Tags")
    operators = {
        "has": Question(gettext_lazy("has the tag …"), (Takes.CHOICE,)),
        "has_not": Question(gettext_lazy("does not have the tag …"), (Takes.CHOICE,)),
        "one_of": Question(gettext_lazy("has one of the tags …"), (Takes.SEVERAL,)),
        "none": Question(gettext_lazy("has no tag at all")),
    }

    def choices(self) -> Sequence[tuple[str, str]]:
        """Every tag."""
        return [(str(row.pk), row.name) for row in Tag.objects.all()[:MOST_CHOICES]]

    def compile(self, operator: str, values: Sequence[Any]) -> Q:
        """An EXISTS, so that nobody appears twice."""
        links = ContactTag.objects.filter(contact=OuterRef("pk"))
        if operator == "none":
            return ~Q(Exists(links))
        found = Q(Exists(links.filter(tag__in=[row_id(value) for value in values])))
        return ~found if operator == "has_not" else found


ON_LIST = OnList()
TAGGED = Tagged()
