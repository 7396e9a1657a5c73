"""Links people are shown: the numbers are those of the list of bad input (97 to 102)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.errors import LinkRefused
from newsletters.links_safe import check_url

REFUSED = {
    "97 javascript": ("javascript:alert(1)", "scheme"),
    "97 JaVaScRiPt": ("JaVaScRiPt:alert(1)", "scheme"),
    "97 tab": ("java\tscript:alert(1)", "hidden"),
    "97 data": ("data:text/html,x", "scheme"),
    "97 vbscript": ("vbscript:x", "scheme"),
    "97 blob": ("blob:https://example.org/x", "scheme"),
    "97 file": ("file:///etc/passwd", "scheme"),
    "98 no scheme": ("//evil.example", "scheme"),
    "98 one slash": ("https:/evil.example", "scheme"),
    "98 no slash": ("https:evil.example", "scheme"),
    "98 three slashes": ("https:///evil.example", "scheme"),
    "98 credentials": ("https://good.example@evil.example", "password"),
    "98 backslash": ("https://evil.example\\@good.example", "backslash"),
    "98 hash in front": ("https://#@evil.example", "scheme"),
    "99 short loopback": ("http://127.1", "host"),
    "99 hexadecimal": ("http://0x7f000001", "host"),
    "99 decimal": ("http://2130706433/", "host"),
    "99 IPv6": ("http://[::ffff:127.0.0.1]/", "host"),
    "99 metadata": ("http://169.254.169.254/latest", "host"),
    "99 localhost": ("http://localhost/x", "host"),
    "100 port": ("https://example.org:99999/", "port"),
    "100 port zero": ("https://example.org:0/", "port"),
    "100 port of other digits": ("https://example.org:८०/", "port"),
    "100 empty port": ("https://example.org:/", "port"),
    "101 password": ("http://user:pw@example.org", "password"),
    "102 mixed script": ("https://gооgle.com/", "deceptive"),
    "102 mixed as punycode": ("https://xn--ggle-55da.com/", "deceptive"),
    "102 all look-alikes": ("https://сос.com/", "deceptive"),
    "102 circled": ("https://ⓔxample.org/", "host"),
    "102 long": ("https://example.org/" + "a" * 3000, "long"),
    "102 coded NUL": ("https://example.org/%00", "hidden"),
    "102 coded line end": ("https://example.org/%0d%0aSet-Cookie:x", "hidden"),
    "102 coded DEL": ("https://example.org/%7F", "hidden"),
    "space": ("https://example.org/a b", "hidden"),
    "space before": (" https://example.org", "hidden"),
    "line end": ("https://example.org/\n", "hidden"),
    "override": ("https://example.org/\u202egpj", "hidden"),
    "surrogate": ("https://example.org/\ud800", "hidden"),
    "quote": ('https://example.org/"onclick=', "character"),
    "angle": ("https://example.org/<script>", "character"),
    "placeholder": ("https://example.org/{{x}}", "character"),
    "bracket": ("https://[example.org/", "host"),
    "coded at": ("https://good.example%40evil.example/", "host"),
    "empty": ("", "empty"),
    "mailto nobody": ("mailto:", "mailto"),
    "mailto no address": ("mailto:anna", "mailto"),
    "mailto header": ("mailto:a@example.org?from=x", "mailto"),
    "mailto line end": ("mailto:a@example.org?subject=x%0d%0aBcc:y", "hidden"),
    "mailto line end in address": ("mailto:a@example.org%0d%0a", "mailto"),
    "mailto wrong cc": ("mailto:a@example.org?cc=x", "mailto"),
}


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_link_that_leads_elsewhere_than_it_seems_is_refused(text, code):
    with pytest.raises(LinkRefused) as caught:
        check_url(text)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.ORG/Path?Q=1#Part", "https://example.org/Path?Q=1#Part"),
        ("http://example.org:8080/x?", "http://example.org:8080/x?"),
        ("https://bücher.example/ö", "https://xn--bcher-kva.example/ö"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://example.org?next=a@b", "https://example.org?next=a@b"),
        ("https://example.org/%C3%B6|x", "https://example.org/%C3%B6|x"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        (
            "MAILTO:a@example.org,b@example.org?cc=c+d@example.org&subject=Ana&body=Sir%0D%0A",
            "mailto:a@example.org,b@example.org?cc=c+d@example.org&subject=Ana&body=Sir%0D%0A",
        ),
    ],
)
def test_a_plain_link_is_returned_with_an_ascii_host(text, link):
    assert check_url(text) == link


PIECES = [
    "http:", "https:", "//", "/", "@", ":", "example", ".org", "ö", "%", "00", "[", "]", "?",
    "#", "mailto:", "a", "&", "cc=", "xn--", "8", "\\", ".", "е", "=", ",", "+",
]  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_a_link_or_refused_by_our_own_error(text):
    try:
        link = check_url(text)
    except LinkRefused:
        return
    assert check_url(link) == link
