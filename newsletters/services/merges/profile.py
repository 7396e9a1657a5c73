"""What is known of two people, put into one row, and taken apart again."""

from collections.abc import Mapping

from newsletters.imports.columns import PROFILE
from newsletters.models import Contact
from newsletters.selectors import merges as selector
from newsletters.services.merges.rows import Frozen, freeze, thaw

_TIMES = ("digest_frequency", "paused_until", "created_at")
_SETS = ("tags", "topics")


def join(kept: Contact, gone: Contact, choices: Mapping[str, str]) -> Frozen:
    """Values as chosen, tags and topics of both, the rarer digest, the longer pause."""
    was = freeze(kept)
    for name, value in selector.chosen(kept, gone, choices).items():
        kept.put(name, value)
    kept.digest_frequency = selector.rarer(kept.digest_frequency, gone.digest_frequency)
    kept.paused_until = selector.later(kept.paused_until, gone.paused_until)
    kept.created_at = min(kept.created_at, gone.created_at)
    _save(kept)
    return {
        "gone": freeze(gone),
        "was": was,
        "made": freeze(kept),
        **{name: _add(kept, gone, name) for name in _SETS},
    }


def part(kept: Contact, gone: Contact, data: Frozen) -> None:
    """Each has her own again, but for what was written since.

    A digest made rarer and a pause asked for since hold for both.
    """
    now, was, made = freeze(kept), data["was"], data["made"]
    before = thaw(Contact, was)
    for name in (*PROFILE, *_TIMES):
        if now[name] == made[name]:
            setattr(kept, name, getattr(before, name))
    for key in {*was["attributes"], *made["attributes"]}:
        if now["attributes"].get(key) == made["attributes"].get(key):
            kept.put(f"field_{key}", was["attributes"].get(key))
    if now["digest_frequency"] != made["digest_frequency"]:
        gone.digest_frequency = selector.rarer(gone.digest_frequency, kept.digest_frequency)
    if now["paused_until"] != made["paused_until"]:
        gone.paused_until = selector.later(gone.paused_until, kept.paused_until)
    _save(kept)
    _save(gone)
    for name in _SETS:
        getattr(kept, name).remove(*data[name]["added"])
        manager = getattr(gone, name)
        manager.set(manager.model.objects.filter(pk__in=data[name]["theirs"]))


def _save(contact: Contact) -> None:
    contact.save(update_fields=[*PROFILE, *_TIMES, "attributes", "updated_at"])


def _add(kept: Contact, gone: Contact, name: str) -> dict[str, list[int]]:
    mine, theirs = (
        set(getattr(contact, name).values_list("pk", flat=True)) for contact in (kept, gone)
    )
    getattr(kept, name).add(*theirs - mine)
    return {"theirs": sorted(theirs), "added": sorted(theirs - mine)}
