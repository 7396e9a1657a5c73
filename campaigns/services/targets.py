"""Targets: saving them, and taking one off when the mailbox does not exist."""

from django.utils import timezone

from campaigns.models import Target
from newsletters.names import straight


def save(*, target: Target) -> Target:
    """Store ``target``. A dead one with a new e-mail address is alive again.

    Nothing is kept of marks that turn letters around in its names and salutations.
    """
    target.office, target.name = straight(target.office), straight(target.name)
    target.salutations = {code: straight(text) for code, text in target.salutations.items()}
    if target.pk:
        before = Target.objects.filter(pk=target.pk).values_list("email", flat=True).first()
        if before != target.email:
            target.dead_since, target.dead_reason = None, ""
    target.save()
    return target


def mark_dead(*, address: str, reason: str) -> int:
    """The mailbox ``address`` (canonical) does not exist: no other letter is sent into nothing.

    Every living target with it leaves the forms, and letters waiting for
    confirmation can no longer be sent there; the other targets go on. Staff see
    it on the action and among the targets. Returns how many were marked; 0 when
    it was known, so hearing it twice changes nothing.
    """
    return Target.objects.filter(email=address, dead_since__isnull=True).update(
        dead_since=timezone.now(), dead_reason=reason[:200]
    )


def revive(*, target: Target) -> bool:
    """Staff say that the address works again. False when it was not dead."""
    return bool(
        Target.objects.filter(pk=target.pk, dead_since__isnull=False).update(
            dead_since=None, dead_reason=""
        )
    )
