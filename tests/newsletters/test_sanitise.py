"""Markup from staff, imports and feeds: safe to show, and readable as plain text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.sanitise import clean_html, excerpt, flattened, is_too_deep, plain_text


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br>b <strong>c</strong> <em>d</em></p>",
        "<h2>a</h2><h3>b</h3><h4>c</h4><hr>",
        '<ul><li>a</li></ul><ol start="3"><li>b</li></ol>',
        "<blockquote><p>a</p></blockquote>",
        '<figure><img src="/media/a.jpg" alt="A &gt; B"><figcaption>c</figcaption></figure>',
        '<img src="/media/a.jpg" alt="A" width="600" height="400">',
        '<img src="https://example.org/a.jpg" alt="">',
        "<pre>\n\n  a\n</pre><code>b</code>",
        '<table><thead><tr><th scope="col" colspan="2">a</th></tr></thead></table>',
        "<table><caption>t</caption><tbody><tr><td>b</td></tr></tbody></table>",
        '<abbr title="United Nations">UN</abbr> H<sub>2</sub>O m<sup>2</sup>',
        '<p lang="ar" dir="rtl">سلام <span lang="pt-BR" dir="ltr">oi</span></p>',
        "a &amp; b &lt; c",
    ],
)
def test_what_an_article_holds_is_kept_to_the_letter(html):
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("http://example.org", "http://example.org"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("/petitions/free-ana/", "/petitions/free-ana/"),
        ("{{ unsubscribe_url }}", "{{ unsubscribe_url }}"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_a_link_keeps_a_target_that_is_allowed(target, kept):
    html = f'<a href="{target}" target="_blank" rel="opener">x</a>'
    assert clean_html(html) == f'<a href="{kept}" rel="noopener">x</a>'


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#9;script:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://example.org/x",
        "file:///etc/passwd",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "https:/evil.example",
        "https:evil.example",
        "https://good.example@evil.example",
        "https://evil.example\\@good.example",
        "relative/path",
        "{{ contact.name }}",
        "https://{{ contact.name }}/",
    ],
)
def test_97_98_a_link_loses_a_target_that_is_not(target):
    assert clean_html(f'<a href="{target}">x</a>') == '<a rel="noopener">x</a>'


@pytest.mark.parametrize(
    "src",
    ["http://e.example/a.png", "//e.example/a.png", "data:image/png;base64,AA==", "a.png", ""],
)
def test_a_picture_from_elsewhere_goes(src):
    assert clean_html(f'<p>a<img src="{src}" alt="x > y">b</p>') == "<p>ab</p>"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<style>p{}</style>a", "a"),
        ("<svg><script>x</script></svg>a", "a"),
        ("<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>a", "a"),
        ("<iframe src='https://e.example'></iframe>a", "a"),
        ("<form action='/x'><input name=a><button>b</button></form>", "b"),
        ('<p onclick="x()" style="color:red" class="c" id="i">a</p>', "<p>a</p>"),
        ('<p dir="up" lang="a b">a</p>', "<p>a</p>"),
        ('<img src="/a.jpg" width="100%" onerror="x()">', '<img src="/a.jpg">'),
        ("<!-- a --><b>b</b> <i>c</i>", "<strong>b</strong> <em>c</em>"),
        ("<h1>a</h1><h5>b</h5>", "<h2>a</h2>b"),
        ("<div><center>a</center></div>", "a"),
        ("a\x00b\x07c\ud800", "abc\ufffd"),
        (
            "<a href='https://example.org'>open",
            '<a href="https://example.org" rel="noopener">open</a>',
        ),
    ],
)
def test_everything_else_goes_and_its_words_stay(html, kept):
    assert clean_html(html) == kept


PIECES = [
    "<p>", "</p>", "<pre>", "</pre>", "<table>", "<tr>", "<td>", "</table>", "<a/href='/x'>",
    "</a>", "<li>", "<ul>", "<ol>", "</ul>", "<b>", "</b>", "<i>", "a", "&lt;", "&", "<svg>",
    "</svg>", "<math>", "<style>", "<!--", "-->", "<img/src=/a>", "<img/alt='>'>", "<h2>",
    "<br", "<blockquote>", "</blockquote>", "<caption>", "<![CDATA[", "'", "\"", ">",
    "<mtext>", "<hr>", "<template>", "<select>", "\n", " ",
]  # fmt: skip
MARKUP = st.text() | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(MARKUP)
def test_cleaning_twice_changes_nothing(html):
    cleaned = clean_html(html)
    assert clean_html(cleaned) == cleaned


@given(MARKUP)
def test_any_markup_has_a_plain_form_and_an_excerpt(html):
    text = plain_text(html)
    assert "\n\n\n\n" not in text or "<pre>" in html
    assert "\n" not in excerpt(html)


@pytest.mark.parametrize("tag", ["b", "p", "a", "table", "ul", "pre", "span"])
def test_ten_thousand_open_elements_are_cleaned_in_seconds(tag):
    # Before markup was cut to a depth this took minutes.
    start = time.process_time()
    clean_html(f"<{tag}>" * 10_000 + "x")
    assert time.process_time() - start < 10


ARTICLE = """
<h2>Free   Ana</h2>
<p>She is <b>held</b> in <a href="https://example.org/fort">the old fort</a>.<br>Write to
<a href="mailto:a@example.org?subject=x">a@example.org</a>
or see <a href="https://example.net">example.net</a>.</p>
<ul><li><p>one</p></li><li>two<ul><li>deep</li></ul></li></ul>
<blockquote><p>first</p><p>second</p></blockquote>
<ol start="3"><li>three</li><li>four</li></ol>
<table><tr><th>Day</th><th>Place</th></tr><tr><td>1</td><td>Karsh &amp; Orrin</td></tr></table>
<pre>
x
  y
</pre>
<hr>
<figure><img src="/a.jpg" alt="A crowd"><figcaption>In May</figcaption></figure>
"""

AS_TEXT = """\
Free Ana

She is held in the old fort (https://example.org/fort).
Write to a@example.org or see example.net.

- one
- two
  - deep

> first
>
> second

3. three
4. four

Day | Place
1 | Karsh & Orrin

x
  y

---

[A crowd]

In May"""


def test_an_article_reads_well_as_plain_text():
    assert plain_text(ARTICLE) == AS_TEXT


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p></p><p> </p>", ""),
        ("a<br><br><br>b", "a\n\nb"),
        ("<p>a</p>b<p>c</p>", "a\n\nb\n\nc"),
        ("<li>a</li><li>b</li>", "- a\n- b"),
        ("<li></li><li>b</li>", "- b"),
        ('<a href="/x"></a>', "/x"),
        ('<a href="javascript:x">a</a>', "a"),
        ('<a href="/x"><img src="/a.jpg" alt="Map"></a>', "[Map] (/x)"),
        ("<script>x</script><p>a&nbsp;b</p>", "a\u00a0b"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n> > b\n\nc"),
        ("<ul><li>a<p>b</p></li></ul>", "- a\n\n  b"),
    ],
)
def test_small_things_read_well_as_plain_text(html, text):
    assert plain_text(html) == text


def test_an_excerpt_is_one_line_without_targets():
    assert excerpt(ARTICLE, words=8) == "Free Ana She is held in the old…"
    assert excerpt('<p>See <a href="https://example.org">here</a>.</p>') == "See here."


def test_an_excerpt_of_a_language_without_spaces_is_cut_too():
    assert excerpt("字" * 1000, words=10) == "字" * 80 + "…"


def deep(opening, times=10_000):
    return "".join(opening.format(n) for n in range(times)) + "words"


BOMBS = [
    "<blockquote>",
    "<ul><li>",
    "<b id={}><p>",
    "<b id={}><!--</b>--><p>",
    "<b id={}><title></b></title><p>",
    "<b id={}><table><tr><td></b></table><p>",
    "<blockquote><table><tr><td></blockquote></table>",
    "<b id={0} x='></b>'><p>",
    "<svg><b id={}><p>",
    '<a "',
    "<a b='",
    "<!--",
]


@pytest.mark.parametrize("opening", BOMBS)
def test_a_bomb_of_tags_is_cleaned_in_seconds_and_does_not_grow(opening):
    html = deep(opening)
    start = time.process_time()
    assert len(clean_html(html)) < 20 * len(html)
    plain_text(html)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("opening", BOMBS[:9])
def test_a_bomb_of_tags_is_known_as_one(opening):
    assert is_too_deep(deep(opening))


@pytest.mark.parametrize("opening", BOMBS)
def test_what_is_left_of_a_bomb_is_none(opening):
    assert not is_too_deep(flattened(deep(opening)))


def test_words_too_deep_to_reach_stay():
    assert "words" in clean_html(deep("<blockquote>"))
    assert clean_html("<ul><li>" * 300 + "words").count("<ul>") == 100


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60 + "<p><b><i><u>words</u></i></b></p>" + "</div>" * 60,
        "<blockquote><p>words</p></blockquote>" * 3000,
        "<table><tr><td><b>1</b></td><td><b>2</b></td></tr></table>" * 2000,
        "<p>one <strong>two</strong><br>three" * 5000,
        "<ul><li>one<li>two</ul>" * 3000,
        '<!-- wp:list {"a":"b"} --><ul><li>one</li></ul><!-- /wp:list -->' * 2000,
        '<iframe src="https://video.example/1"></iframe><p><a href="/x">x</a></p>' * 500,
        "2 < 3 and 4 > 1 " * 5000,
    ],
)
def test_long_markup_is_not_deep_markup(html):
    assert not is_too_deep(html)
