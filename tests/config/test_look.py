"""The look keeps its promises: small, readable, and possible under a strict CSP."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
SITE = ROOT / "config/static/site"
CSS = (SITE / "handbill.css").read_text()
EVERY_CSS = "".join(path.read_text() for path in sorted(SITE.glob("*.css")))
KB = 1024

FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "a script, style or picture from elsewhere": re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*\s(?:src|href|srcset)\s*=\s*[\"']?(https?:)?//",
        re.IGNORECASE,
    ),
}

SAMPLES = {
    "English": "Let the nurse see a doctor – “412 days”, 12,480 signed… · don’t wait",
    "Polish": "Żądamy zwolnienia dziewięciu: łódź, źródło, ćma",
    "Russian": "Отпустите её домой: съёмка, ЩЪЫЬЭЮЯ",
    "Kazakh": "ӘҒҚҢӨҰҮҺІ әғқңөұүһі Әділ сот керек",
    "Arabic": "أطلقوا سراح تسعة الميناء",
    "Persian": "زندانیان را آزاد کنید پ چ ژ گ ک ی",
}


def _pages() -> list[Path]:
    """Templates a browser gets; a mail's markup has rules of its own."""
    found = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    return [path for path in found if "mail" not in path.relative_to(ROOT).parts]


def _faces() -> list[tuple[Path, list[tuple[int, int]]]]:
    """Each headline face with its ranges, in the order of the stylesheet."""
    faces = []
    for face in re.findall(r"@font-face \{(.*?)\}", CSS):
        name = re.search(r"url\((.*?)\)", face)
        ranges = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", face)
        assert name
        faces.append((SITE / name[1], [(int(a, 16), int(b or a, 16)) for a, b in ranges]))
    return faces


def _loaded(text: str) -> set[Path]:
    """The files a browser fetches for a headline: per letter the last face whose range has it."""
    chosen = set()
    for letter in set(text):
        fitting = [
            path for path, ranges in _faces() if any(a <= ord(letter) <= b for a, b in ranges)
        ]
        assert fitting, f"no face for {letter!r}"
        chosen.add(fitting[-1])
    return chosen


def _palettes() -> list[dict[str, str]]:
    """Colours by name: light, then dark."""
    roots = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", root)) for root in roots]


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted([_luminance(one), _luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_stylesheet_stays_within_twenty_kilobytes() -> None:
    assert len(CSS.encode()) <= 20 * KB


def test_no_page_holds_what_the_content_security_policy_would_block() -> None:
    pages = _pages()
    assert len(pages) > 15

    found = [
        f"{path.relative_to(ROOT)} has {what}"
        for path, (what, pattern) in product(pages, FORBIDDEN.items())
        if pattern.search(path.read_text())
    ]

    assert found == []


def test_the_stylesheet_names_no_other_host() -> None:
    assert "//" not in re.sub(r"/\*.*?\*/", "", EVERY_CSS, flags=re.DOTALL)
    assert "@import" not in EVERY_CSS


def test_a_latin_page_loads_at_most_thirty_kilobytes_of_headline_face() -> None:
    assert sum(path.stat().st_size for path in _loaded(SAMPLES["English"])) <= 30 * KB


@pytest.mark.parametrize("language", SAMPLES)
def test_a_headline_in_any_of_our_scripts_has_a_face(language: str) -> None:
    assert all(path.is_file() for path in _loaded(SAMPLES[language]))


def test_headline_faces_never_hide_text_while_they_load() -> None:
    assert CSS.count("@font-face") == CSS.count("font-display: swap")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    palette = _palettes()[scheme]
    inks = ["ink", "soft", "signal", "link", "good", "warn", "bad"]

    for ink, ground in product(inks, ["paper", "sheet", "wash"]):
        assert _contrast(palette[ink], palette[ground]) >= 5.5, (ink, ground)
    assert _contrast(palette["on-signal"], palette["signal"]) >= 5.5


def test_the_stylesheet_names_no_side_that_would_be_wrong_from_right_to_left() -> None:
    sides = r"(margin|padding|border|inset)-(left|right)|text-align: (left|right)|[ {](left|right):"

    assert re.search(sides, EVERY_CSS) is None


# A letter the face lacks is drawn exactly as the fallback alone would draw it.
MISSING_GLYPHS = """async text => {
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const drawn = (letter, family) => {
    pen.clearRect(0, 0, 300, 150);
    pen.font = `700 60px ${family}`;
    pen.fillText(letter, 100, 90);
    return pen.getImageData(0, 0, 300, 150).data.join();
  };
  await document.fonts.load('700 60px "Handbill Head"', text);
  return [...new Set(text)].filter(letter => letter.trim()
    && drawn(letter, '"Handbill Head", monospace') === drawn(letter, 'monospace'));
}"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", SAMPLES)
def test_the_bundled_faces_really_hold_the_letters(
    language: str, page_for: Callable[[int], Page], site: str
) -> None:
    page = page_for(390)
    page.goto(f"{site}/staff/login/")

    assert page.evaluate(MISSING_GLYPHS, SAMPLES[language] + "漢") == ["漢"]
