"""Quoted-printable (RFC 2045 section 6.7) in pieces that can be joined without looking at columns.

Every piece starts at the beginning of an encoded line and ends with a soft
line break or a real one, so fixed pieces are encoded once and a value of a
person is put between them. A dot never stands at the start of an encoded line,
so nothing has to be stuffed on the wire (RFC 5321 section 4.5.2). No line ends
with white space or holds two of it in a row: that is the relaxed form of RFC
6376 section 3.4.4, and a mail need not be looked through to be signed.
"""

import re

SOFT = b"=\r\n"
WIDTH = 72
# Printable ASCII without "=", and no white space at either end.
PLAIN = re.compile(rb"[!-<>-~](?:[ -<>-~]*[!-<>-~])?")
# One word of it: a link of ours.
LINK = re.compile(rb"[!-<>-~]+")
UNSAFE = re.compile(rb"[^ !-<>-~]+|(?<= ) +")
EQUALS = ord("=")
DOT = ord(".")


def encode_text(text: str) -> bytes:
    """A fixed piece: line ends become CRLF, other bytes are encoded, lines are at most 76 wide.

    Ends with a soft break unless it ends with a real one, so that a value may follow.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    pieces = [b"".join(_fold(line.encode("utf-8"))) for line in lines]
    joined = b"\r\n".join(pieces)
    return joined + SOFT if pieces[-1] else joined


def encode_value(text: str) -> bytes:
    """A value between two fixed pieces; ends with a soft break. Line ends inside become spaces."""
    raw = text.encode("utf-8")
    if len(raw) <= WIDTH and PLAIN.fullmatch(raw) and raw[0] != DOT and b"  " not in raw:
        return raw + SOFT
    if not raw:
        return b""
    if WIDTH < len(raw) <= 2 * WIDTH and LINK.fullmatch(raw) and DOT not in (raw[0], raw[WIDTH]):
        return b"".join((raw[:WIDTH], SOFT, raw[WIDTH:], SOFT))
    flat = raw.replace(b"\r\n", b" ").replace(b"\n", b" ").replace(b"\r", b" ")
    return b"".join(_fold(flat)) + SOFT


def _fold(raw: bytes) -> list[bytes]:
    """``raw`` (one line) as encoded lines of at most WIDTH + 3 bytes joined by soft breaks."""
    safe = UNSAFE.sub(_hex, raw)
    if safe.endswith(b" "):
        # A space at the end of a line may be lost on the way.
        safe = safe[:-1] + b"=20"
    out: list[bytes] = []
    start = 0
    while start < len(safe):
        end = min(start + WIDTH, len(safe))
        if end < len(safe):
            # No break inside of "=XX".
            end -= (safe[end - 1] == EQUALS) or 2 * (safe[end - 2] == EQUALS)
        line = safe[start:end]
        out += [SOFT, b"=2E" + line[1:] if line[0] == DOT else line]
        start = end
    return out[1:]


def _hex(found: re.Match[bytes]) -> bytes:
    return b"".join([b"=%02X" % byte for byte in found[0]])
