"""What a dry run counts: rows by outcome with samples, warnings, domains, tags."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from newsletters.addresses.providers import RULES
from newsletters.imports.cleaning import Person
from newsletters.imports.deciding import Decision, Known, Outcome

SAMPLES = 10
MAX_DOMAINS = 100_000
# One domain with this share or number of all rows looks like a trap or a bought list.
DOMAIN_SHARE = 0.2
DOMAIN_ROWS = 20_000
DOMAIN_LEAST = 50
MAX_NEW_TAGS = 200


@dataclass
class Tally:
    """Grows row by row; ``report`` is what is kept on the import."""

    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: dict[str, list[int]] = field(default_factory=dict)
    warning_counts: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    new_tags: list[str] = field(default_factory=list)
    unknown_tags: list[str] = field(default_factory=list)
    joins: int = 0

    def note(self, outcome: Outcome, sample: dict[str, Any]) -> None:
        """One row of this outcome; the first ten are kept to be shown."""
        self.counts[outcome] += 1
        kept = self.samples.setdefault(outcome, [])
        if len(kept) < SAMPLES:
            kept.append(sample)

    def warn(self, code: str, line: int) -> None:
        """Something staff should know about a row that is used all the same."""
        self.warning_counts[code] += 1
        lines = self.warnings.setdefault(code, [])
        if len(lines) < SAMPLES:
            lines.append(line)

    def count_domain(self, email: str) -> None:
        """Count the domain; beyond many thousands only those seen before."""
        domain = email.rpartition("@")[2]
        if domain in self.domains or len(self.domains) < MAX_DOMAINS:
            self.domains[domain] += 1

    def takes_new_tag(self, name: str, *, makes: bool) -> bool:
        """Whether a tag that does not exist will be made: two hundred at most."""
        names = self.new_tags if makes else self.unknown_tags
        if name not in names and len(names) < MAX_NEW_TAGS:
            names.append(name)
        return makes and name in names

    def decided(self, person: Person, known: Known | None, decision: Decision) -> None:
        """One person of whom it is known what will happen."""
        self.joins += decision.joins
        changes = [
            [name, known.values[name] if known else "", value]
            for name, value in decision.changes.items()
        ]
        sample = {"line": person.line, "email": person.email, "changes": changes}
        self.note(decision.outcome, sample)

    def report(self) -> dict[str, Any]:
        """Everything as JSON."""
        people = sum(self.domains.values())
        return {
            "counts": {outcome.value: self.counts[outcome] for outcome in Outcome},
            "samples": self.samples,
            "warnings": [
                {"code": code, "count": count, "lines": self.warnings[code]}
                for code, count in self.warning_counts.most_common()
            ],
            "domains": [
                {"domain": domain, "count": count}
                for domain, count in self.domains.most_common(20)
                if count >= DOMAIN_LEAST
                and (count > DOMAIN_ROWS or count > people * DOMAIN_SHARE)
                and domain not in RULES
            ],
            "new_tags": self.new_tags,
            "unknown_tags": self.unknown_tags,
            "joins": self.joins,
        }
