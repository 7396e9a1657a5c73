"""Who was said to be another person than one of two, is another than the one of them."""

from django.db.models import Q

from newsletters.models import Contact, Different
from newsletters.services.merges.rows import Frozen, freeze, put_back, thaw


def join(kept: Contact, gone: Contact) -> Frozen:
    """What staff said of the other holds for the kept one."""
    rows = list(Different.objects.filter(Q(first=gone) | Q(second=gone)))
    made = []
    for row in rows:
        stranger = row.second_id if row.first_id == gone.pk else row.first_id
        if stranger != kept.pk:
            first, second = sorted((kept.pk, stranger))
            said, is_new = Different.objects.get_or_create(first_id=first, second_id=second)
            made += [said.pk] * is_new
    return {"gone": [freeze(row) for row in rows], "made": made}


def part(data: Frozen) -> None:
    """Said of each as before."""
    Different.objects.filter(pk__in=data["made"]).delete()
    for frozen in data["gone"]:
        put_back(thaw(Different, frozen))
