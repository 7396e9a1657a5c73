"""A DNS server on loopback that says what a test wants it to say, over UDP."""

import socket
import threading
from dataclasses import dataclass, field
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from newsletters.dkim.records import strings_of

SILENT = "silent"
TTL = 60


@dataclass
class Zone:
    """What is published: name → records, or how a question for the name fails."""

    txt: dict[str, list[str]] = field(default_factory=dict)
    # (name, "MX") → ["10 mail.example.org."], and so on.
    others: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    # "NXDOMAIN", "SERVFAIL", "REFUSED" or SILENT.
    trouble: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, name: str, *records: str) -> None:
        """Say exactly these at ``name`` from now on; without any it exists and has none."""
        self.trouble.pop(name, None)
        self.txt[name] = list(records)

    def point(self, name: str, kind: str, *records: str) -> None:
        """Say these at ``name`` to whoever asks for records of this kind."""
        self.others[name, kind] = list(records)

    def knows(self, name: str) -> bool:
        """Whether there is anything at ``name``, of whatever kind."""
        return name in self.txt or any(name == known for known, _kind in self.others)

    def records(self, name: str, kind: str) -> list[str]:
        """As the text of a zone file would have them."""
        if kind == "TXT":
            texts = self.txt.get(name, [])
            return [" ".join(f'"{part}"' for part in strings_of(text)) for text in texts]
        return self.others.get((name, kind), [])

    def fail(self, name: str, how: str) -> None:
        """Fail in this way at ``name`` from now on."""
        self.trouble[name] = how


class Dns:
    """``with Dns() as dns: dns.zone.publish(…)``; ``dns.address`` is for DNS_RESOLVERS."""

    def __init__(self) -> None:
        self.zone = Zone()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="dns", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # An empty datagram ends the thread; a closed socket would not wake it.
        host, _colon, port = self.address.rpartition(":")
        self._socket.sendto(b"", (host, int(port)))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, client = self._socket.recvfrom(4096)
            if not question:
                return
            answer = self._answer(dns.message.from_wire(question))
            if answer is not None:
                self._socket.sendto(answer, client)

    def _answer(self, question: dns.message.Message) -> bytes | None:
        name, kind = question.question[0].name, question.question[0].rdtype
        text = name.to_text(omit_final_dot=True)
        self.zone.asked.append(text)
        trouble = self.zone.trouble.get(text)
        if trouble == SILENT:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if trouble or not self.zone.knows(text):
            answer.set_rcode(dns.rcode.from_text(trouble or "NXDOMAIN"))
        elif records := self.zone.records(text, dns.rdatatype.to_text(kind)):
            answer.answer.append(dns.rrset.from_text(name, TTL, "IN", kind, *records))
        return answer.to_wire()
