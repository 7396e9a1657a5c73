"""What the way out in a mail leads away from, worked out without changing anything."""

from dataclasses import dataclass

from newsletters import tokens
from newsletters.models import Contact, Delivery, MailingList
from newsletters.selectors.contacts import by_key, merged_into


@dataclass(frozen=True)
class Departure:
    """Who leaves, and what: these lists, or everything when there are none.

    ``contact`` is None when the person is not in our records any more.
    ``is_list_gone``: the mail came by a list that was deleted since.
    """

    contact: Contact | None
    lists: list[MailingList]
    reached_by: int
    is_list_gone: bool = False

    def named(self) -> list[MailingList]:
        """The lists that may be named to whoever holds the mail, perhaps not the person herself.

        The list the mail came by stands in the mail; others only if everybody may see them.
        """
        return [
            row
            for row in self.lists
            if row.pk == self.reached_by or (row.is_public and not row.is_sensitive)
        ]


def by_link(token: str) -> Departure | None:
    """The departure behind a link of List-Unsubscribe; None when the token is not ours.

    Every list of the mailing it came with; the list sealed in the token when
    the mailing is gone; everything when that is gone, too.
    """
    sealed = tokens.unseal(tokens.UNSUBSCRIBE, token)
    if sealed is None:
        return None
    return _departure(sealed.first, sealed.second, sealed.stamp)


def by_mail(token: str) -> Departure | None:
    """The same for the token in the mailto: address of List-Unsubscribe."""
    delivery_id = tokens.unseal_local(tokens.LEAVE_BY_MAIL, token)
    return None if delivery_id is None else _departure(delivery_id, 0, 0)


def _departure(delivery_id: int, contact_id: int, list_id: int) -> Departure:
    delivery = Delivery.objects.filter(pk=delivery_id).first()
    if delivery and not list_id:
        list_id = delivery.mailing_list_id or 0
    lists = list(delivery.mailing.lists.all()) if delivery and delivery.mailing else []
    lists = lists or list(MailingList.objects.filter(pk=list_id))
    return Departure(
        contact=_person(delivery, contact_id),
        lists=lists,
        reached_by=list_id,
        is_list_gone=bool(list_id or delivery) and not lists,
    )


def _person(delivery: Delivery | None, contact_id: int) -> Contact | None:
    """By her row, or by what it was merged into; by the address the mail went to without one."""
    if delivery and not contact_id:
        contact_id = delivery.contact_id or 0
    found = Contact.objects.filter(pk=contact_id).first() or merged_into(contact_id)
    return found or (by_key(delivery.address_key) if delivery else None)
