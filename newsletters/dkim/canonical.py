"""The relaxed forms of RFC 6376 section 3.4: what a relay may do to a mail without breaking it."""

import re

RUNS = re.compile(rb"[ \t]{2,}|\t")

Field = tuple[bytes, bytes]


def body(data: bytes) -> bytes:
    """``data`` with runs of white space as one space, none at line ends, no empty last lines.

    Ends with CRLF unless it is empty. Bodies of our own making are nearly
    always that already, so looking comes before rewriting.
    """
    if b"  " in data or b"\t" in data:
        data = RUNS.sub(b" ", data)
    if b" \r\n" in data:
        data = data.replace(b" \r\n", b"\r\n")
    # White space alone on the last line, without a line end, is an empty line too.
    data = data.removesuffix(b" ")
    if data.endswith(b"\r\n\r\n") or data == b"\r\n":
        data = _without_empty_end(data)
    if data and not data.endswith(b"\r\n"):
        data += b"\r\n"
    return data


def field(name: bytes, value: bytes) -> bytes:
    """One header field of ``fields``: white space as in a body, none at the ends, with CRLF."""
    if b"  " in value or b"\t" in value:
        value = RUNS.sub(b" ", value)
    return name + b":" + value.strip(b" \t") + b"\r\n"


def fields(head: bytes) -> list[Field]:
    """(name in lower case, value unfolded) of every field of ``head``, in order.

    ``head`` ends with the CRLF of its last field. Raises ValueError for a line without a colon.
    """
    unfolded = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    found = []
    for line in unfolded.removesuffix(b"\r\n").split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError("a header line without a colon")
        found.append((name.rstrip(b" \t").lower(), value))
    return found


def _without_empty_end(data: bytes) -> bytes:
    end = len(data)
    while end >= 2 and data.endswith(b"\r\n", 0, end):
        end -= 2
    return data[: end + 2] if end else b""
