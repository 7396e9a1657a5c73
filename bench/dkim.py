"""What a signature costs: CPU of ours for one mail of 10 KB, by kind of key.

Prints one JSON line, in µs. "shared" is a mail whose text is the same for every
reader up to its foot, so that most of it is hashed once for all; in the other
one the name stands at the top and hardly anything is shared.
"""

import argparse
import json
import time

from newsletters.compose.quoted import encode_text, encode_value
from newsletters.dkim import keys
from newsletters.dkim.signing import NOTHING_SHARED, BodyStart, Signer, SigningKey, start_of
from newsletters.states import DkimAlgorithm

LETTERHEAD = (
    b"From: Free Mira <campaign@example.org>\r\nReply-To: post@example.org\r\n"
    b"List-Id: Appeals <appeals.example.org>\r\nTo: reader@example.net\r\n"
    b"Date: Sun, 22 Nov 2026 09:30:07 +0000\r\n"
    b"Message-ID: <0123456789abcdef0123456789abcdef0123456789abcdef.0123456789@example.org>\r\n"
    b"Subject: Write for Mira Osk today\r\n"
    b"List-Unsubscribe: <https://example.org/u/0123456789abcdef0123456789abcdef/>,\r\n"
    b" <mailto:leave+0123456789abcdef0123456789abcdef@example.org?subject=leave>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_0123456789"\r\n'
)
LINE = "Mira Osk is a nurse. She is held in Prison 4, and nobody may see her.\n"
MAIL_BYTES = 10_240
SECONDS = 1.0


def main() -> None:
    """Measure every pair of key and mail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each figure")
    options = parser.parse_args()
    text = encode_text(LINE * ((MAIL_BYTES - len(LETTERHEAD)) // len(LINE)))
    name = encode_value("Ana Marku")
    print(
        json.dumps(
            {
                "bench": "dkim",
                "mail_bytes": len(LETTERHEAD) + len(text) + len(name),
                "us_per_mail": _figures(name + text, NOTHING_SHARED, options.seconds),
                "us_per_mail_shared": _figures(text + name, start_of(text), options.seconds),
            }
        )
    )


def _figures(body: bytes, start: BodyStart, seconds: float) -> dict[str, float]:
    pair = {
        algorithm: SigningKey("example.org", algorithm, keys.generate(algorithm))
        for algorithm in DkimAlgorithm
    }
    signers = {str(algorithm): Signer([key]) for algorithm, key in pair.items()}
    # What is hashed for a mail whatever signs it.
    signers = {"hashes": Signer([]), **signers, "both": Signer(pair.values())}
    return {name: round(_cost(signer, body, start, seconds), 1) for name, signer in signers.items()}


def _cost(signer: Signer, body: bytes, start: BodyStart, seconds: float) -> float:
    """µs of CPU for one mail."""
    mails = 0
    began = time.process_time()
    while time.process_time() - began < seconds:
        for _ in range(20):
            signer.sign(LETTERHEAD, body, mails, start)
            mails += 1
    return (time.process_time() - began) / mails * 1e6


if __name__ == "__main__":
    main()
