"""Trouble of the whole transport, which is nobody's mail's fault."""

from newsletters.sending.replies import Phase


class TransportTrouble(Exception):
    """The relay or provider cannot be used at all just now. Names the phase.

    ``retry_after``: the seconds it asked us to wait, when it said so.
    """

    def __init__(self, phase: Phase, reason: str, retry_after: float | None = None) -> None:
        super().__init__(f"{phase}: {reason}")
        self.phase = phase
        self.reason = reason[:200]
        self.retry_after = retry_after
