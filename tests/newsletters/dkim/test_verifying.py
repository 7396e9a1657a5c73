"""Our verifier: believes the mail of the RFC, and nothing that proves nothing."""

import pytest

from newsletters.dkim.signing import Signer, SigningKey
from newsletters.dkim.verifying import NotSigned, verify

# RFC 8463 appendix A.
RFC_NAME = "brisbane._domainkey.football.example.com"
RFC_RECORD = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
RFC_MAIL = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
HEAD = b"From: a@example.org\r\nSubject: Write\r\n"


def test_the_mail_of_rfc_8463_is_believed() -> None:
    assert verify(RFC_MAIL, {RFC_NAME: RFC_RECORD}.get) == ["football.example.com"]
    with pytest.raises(NotSigned):
        verify(RFC_MAIL.replace(b"dinner", b"supper"), {RFC_NAME: RFC_RECORD}.get)


def test_what_proves_nothing_is_refused(pair: list[SigningKey], published: dict[str, str]) -> None:
    rsa, ed25519 = published
    line = Signer(pair[:1]).sign(HEAD, b"x\r\n", 1)
    whole = line + HEAD + b"\r\nx\r\n"
    assert verify(whole, published.get) == ["example.org"]
    for mail in (
        HEAD + b"\r\nx\r\n",
        b"no head\r\n\r\n",
        b"DKIM-Signature: \xff\r\n" + HEAD + b"\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256\r\n" + HEAD + b"\r\n",
        whole.replace(b"h=from:from:", b"h="),
        whole.replace(b" s=", b" l=1; s="),
        whole.replace(b"relaxed/relaxed", b"simple/simple"),
    ):
        with pytest.raises(NotSigned):
            verify(mail, published.get)
    for record in (None, "v=DKIM1; p=", published[ed25519], "v=DKIM1; p=QUJD"):
        with pytest.raises(NotSigned):
            verify(whole, {rsa: record}.get)
