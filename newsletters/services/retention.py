"""Forgetting: what need not be kept is not kept."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models import Limit
from newsletters.ports import Rule, forgetters
from newsletters.services import (
    address_changes,
    allowances,
    bulk,
    contacts,
    custom_fields,
    digests,
    exports,
    imports,
    limits,
    merges,
    old_events,
    old_mails,
    pulse,
    subscriptions,
)

_MONTH = _("30 days")
RULES = (
    Rule(
        "unconfirmed",
        _("Sign-ups nobody confirmed, and people known by nothing else"),
        _("14 days"),
        lambda: subscriptions.unconfirmed().count(),
        subscriptions.forget_unconfirmed,
    ),
    Rule(
        "address_changes",
        _("New addresses that did not answer"),
        _("3 days"),
        lambda: address_changes.past().count(),
        address_changes.forget,
    ),
    Rule(
        "addresses",
        _("Addresses in the lists of mailings"),
        _("30 days after the mailing ended"),
        lambda: old_mails.past_addresses().count(),
        old_mails.forget_addresses,
    ),
    Rule(
        "bodies",
        _("Texts and addresses of single mails"),
        _MONTH,
        lambda: old_mails.past_texts().count(),
        old_mails.forget_texts,
    ),
    Rule(
        "event_moments",
        _("The hour at which a mail was opened or a link followed; the day stays"),
        _("24 hours"),
        old_events.past_moments,
        old_events.forget_moments,
    ),
    Rule(
        "events",
        _("Who opened a mailing and followed its links; how many people stays"),
        _("90 days after the mailing ended"),
        lambda: old_events.past().count(),
        old_events.forget,
    ),
    Rule(
        "sensitive_events",
        _("Who opened mailings to a list or about a case that became sensitive"),
        _("not at all"),
        lambda: old_events.sensitive().count(),
        old_events.forget_sensitive,
    ),
    Rule(
        "digest_reads",
        _("What digests have given to whom"),
        _("until no digest can give it again"),
        lambda: digests.past_reads().count(),
        digests.forget_reads,
    ),
    Rule(
        "imports",
        _("Uploaded tables, their refused rows, and what an undo needs"),
        _MONTH,
        lambda: imports.past().count(),
        imports.forget,
    ),
    Rule(
        "bulk",
        _("What the undo of a change to many people needs"),
        _MONTH,
        lambda: bulk.past().count(),
        bulk.forget,
    ),
    Rule(
        "merges",
        _("What the undo of a merge needs"),
        _MONTH,
        lambda: merges.past().count(),
        merges.forget,
    ),
    Rule(
        "exports",
        _("Tables that were taken out"),
        _("24 hours"),
        lambda: exports.past().count(),
        exports.forget,
    ),
    Rule(
        "limits",
        _("Counters against floods"),
        _("until their window ends"),
        lambda: Limit.objects.filter(expires_at__lt=timezone.now()).count(),
        limits.forget,
    ),
)


@dataclass(frozen=True)
class Standing:
    """One period: how many rows would go if it ran now, and when it ran last."""

    rule: Rule
    due: int
    last_run: datetime | None


def rules() -> list[Rule]:
    """Our own periods, then those of the apps above."""
    return [*RULES, *(rule for forgetter in forgetters() for rule in forgetter.rules())]


def dry_run() -> list[Standing]:
    """What would go now, by the very conditions by which it goes. Changes nothing."""
    return [Standing(rule, rule.due(), pulse.last(_sign(rule))) for rule in rules()]


def prune() -> dict[str, int]:
    """Remove everything past its time, and note for each rule that it ran. Returns how much."""
    counts = {}
    for rule in rules():
        counts[rule.name] = rule.forget()
        pulse.note(_sign(rule))
    counts["allowances"] = allowances.forget(timezone.now())
    counts["strays"] = imports.clear_strays()
    counts["values"] = custom_fields.drop_values()
    counts["person_keys"] = contacts.fill_person_keys()
    return counts


def _sign(rule: Rule) -> str:
    return f"newsletters.forget {rule.name}"
