"""Whom staff have erased: numbers without names."""

from newsletters.models import ActKind, StaffAct


def was_erased(contact_id: int) -> bool:
    """Whether there was somebody with this number, and staff erased her."""
    return StaffAct.objects.filter(kind=ActKind.ERASED, contact_id=contact_id).exists()
