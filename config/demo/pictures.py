"""Posters in paper and ink, drawn while the story is loaded: no picture files to carry around."""

from collections.abc import Callable
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

PAPER, INK, SIGNAL, SOFT = "#f4efe2", "#1c1a17", "#c2331c", "#b9ae97"
SIZE = (1200, 675)
FACE = (800, 960)
Pen = ImageDraw.ImageDraw


def poster(motif: str) -> SimpleUploadedFile:
    """The picture called ``motif``, as if somebody had uploaded it."""
    return _upload(motif, SIZE, _MOTIFS[motif])


def portrait(name: str) -> SimpleUploadedFile:
    """A drawn face for a case: "neda" or "joren"."""
    return _upload(name, FACE, _FACES[name])


def _upload(name: str, size: tuple[int, int], draw: Callable[[Pen], None]) -> SimpleUploadedFile:
    picture = Image.new("RGB", size, PAPER)
    draw(ImageDraw.Draw(picture))
    out = BytesIO()
    picture.save(out, "PNG")
    return SimpleUploadedFile(f"{name}.png", out.getvalue(), "image/png")


def _crane(pen: Pen) -> None:
    pen.rectangle((0, 470, 1200, 675), fill=INK)
    for y in range(500, 675, 34):
        pen.line((0, y, 1200, y - 10), fill="#35312b", width=4)
    pen.polygon([(300, 470), (360, 110), (400, 110), (460, 470)], fill=INK)
    for y in range(150, 470, 46):
        pen.line((345, y, 425, y + 30), fill=PAPER, width=6)
    pen.polygon([(180, 130), (980, 70), (980, 100), (180, 170)], fill=INK)
    pen.line((900, 90, 900, 350), fill=INK, width=8)
    pen.arc((872, 345, 928, 405), 300, 200, fill=SIGNAL, width=12)
    for x, lit in ((640, False), (760, False), (1060, True)):
        pen.ellipse((x, 400, x + 36, 436), fill=SIGNAL if lit else SOFT)
        pen.line((x + 18, 436, x + 18, 470), fill=INK, width=6)


def _pot(pen: Pen) -> None:
    for x in range(90, 1150, 155):
        pen.rectangle((x, 150, x + 14, 420), fill=SOFT)
        pen.rectangle((x + 66, 150, x + 80, 420), fill=SOFT)
        pen.rectangle((x, 190, x + 80, 212), fill=SOFT)
        pen.rectangle((x, 290, x + 80, 312), fill=SOFT)
    pen.rectangle((0, 560, 1200, 675), fill=INK)
    pen.rectangle((380, 340, 820, 560), fill=INK)
    pen.rectangle((350, 325, 850, 360), fill=SIGNAL)
    pen.arc((300, 390, 420, 480), 90, 270, fill=INK, width=18)
    pen.arc((780, 390, 900, 480), 270, 90, fill=INK, width=18)
    for x in (480, 600, 720):
        for y, turn in ((240, 0), (170, 1), (100, 0)):
            start = 90 if turn else 270
            pen.arc((x - 24, y, x + 24, y + 74), start, start + 180, fill=INK, width=9)


def _bus(pen: Pen) -> None:
    pen.rectangle((0, 0, 1200, 675), fill=INK)
    pen.polygon([(0, 675), (1200, 675), (760, 400), (620, 400)], fill="#35312b")
    for top, bottom, width in ((420, 450, 6), (480, 530, 12), (575, 650, 20)):
        pen.line((690, top, 686, bottom), fill=SOFT, width=width)
    pen.rounded_rectangle((170, 300, 640, 500), 24, fill=PAPER)
    for number, x in enumerate(range(200, 600, 84)):
        pen.rectangle((x, 330, x + 64, 400), fill=SIGNAL if number == 3 else INK)
    for x in (240, 500):
        pen.ellipse((x, 455, x + 86, 541), fill=INK, outline=PAPER, width=10)
    for x, y in ((120, 90), (330, 160), (820, 80), (1010, 190), (1120, 60), (620, 120)):
        pen.ellipse((x, y, x + 8, y + 8), fill=PAPER)


def _books(pen: Pen) -> None:
    for number, y in enumerate(range(560, 240, -40)):
        shift = (-26, 14, 0, 30, -12, 20, -4, 8)[number]
        pen.rectangle((330 + shift, y, 850 + shift, y + 34), fill=SIGNAL if number == 5 else INK)
        pen.line((350 + shift, y + 26, 850 + shift, y + 26), fill=PAPER, width=5)
    pen.polygon([(600, 250), (330, 190), (330, 100), (600, 165)], fill="white", outline=INK)
    pen.polygon([(600, 250), (870, 190), (870, 100), (600, 165)], fill="white", outline=INK)
    pen.line((600, 165, 600, 250), fill=INK, width=6)
    pen.rectangle((0, 596, 1200, 606), fill=INK)


def _clogs(pen: Pen) -> None:
    pen.rectangle((320, 0, 880, 540), fill=INK)
    pen.rectangle((350, 30, 850, 540), fill="#35312b")
    for y in (70, 100, 130):
        pen.line((480, y, 720, y), fill=SOFT, width=8)
    pen.rectangle((800, 280, 820, 340), fill=SIGNAL)
    pen.rectangle((0, 540, 1200, 550), fill=INK)
    for x in (420, 630):
        pen.rounded_rectangle((x, 540, x + 150, 640), 44, fill="white", outline=INK, width=9)
        pen.chord((x + 12, 500, x + 138, 610), 180, 360, fill=INK)
        for hole in (44, 76, 108):
            pen.ellipse((x + hole - 6, 604, x + hole + 6, 616), fill=SIGNAL)


def _road(pen: Pen) -> None:
    pen.ellipse((480, 120, 720, 360), fill=SIGNAL)
    pen.rectangle((0, 300, 1200, 675), fill=PAPER)
    pen.polygon([(440, 675), (760, 675), (612, 300), (588, 300)], fill=SOFT)
    for x in (0, 880):
        pen.rectangle((x, 90, x + 320, 675), fill=INK)
    for x in range(890, 1200, 44):
        pen.rectangle((x, 130, x + 12, 640), fill=PAPER)
    pen.rectangle((320, 90, 340, 675), fill=INK)
    pen.ellipse((588, 330, 612, 354), fill=INK)
    pen.polygon([(584, 356), (616, 356), (622, 430), (578, 430)], fill=INK)
    pen.line((590, 430, 586, 480), fill=INK, width=11)
    pen.line((610, 430, 616, 480), fill=INK, width=11)
    pen.rectangle((622, 400, 640, 436), fill=INK)


def _window(pen: Pen) -> None:
    pen.rectangle((0, 0, 1200, 675), fill=SOFT)
    for y in range(0, 675, 75):
        pen.line((0, y, 1200, y), fill=PAPER, width=4)
        for x in range(0 if y % 150 else 90, 1200, 180):
            pen.line((x, y, x, y + 75), fill=PAPER, width=4)
    pen.rectangle((380, 90, 820, 560), fill=INK)
    for x in range(430, 820, 88):
        pen.rectangle((x, 90, x + 20, 560), fill=PAPER)
    pen.arc((470, 130, 660, 470), 0, 180, fill=SIGNAL, width=16)
    pen.line((478, 180, 478, 310), fill=SIGNAL, width=16)
    pen.line((652, 180, 652, 310), fill=SIGNAL, width=16)
    pen.line((565, 465, 565, 520), fill=SIGNAL, width=16)
    pen.ellipse((520, 510, 610, 600), fill=SIGNAL, outline=INK, width=10)


def _court(pen: Pen) -> None:
    for step, y in enumerate((560, 598, 636)):
        pen.rectangle((150 - step * 50, y, 1050 + step * 50, y + 30), fill=INK)
    for x in (210, 370, 750, 910):
        pen.rectangle((x, 250, x + 80, 560), fill=INK)
        pen.line((x + 28, 260, x + 28, 550), fill=PAPER, width=5)
        pen.line((x + 52, 260, x + 52, 550), fill=PAPER, width=5)
    pen.polygon([(140, 240), (1060, 240), (600, 40)], fill=INK)
    pen.ellipse((538, 110, 662, 234), fill=PAPER)
    pen.line((600, 172, 600, 124), fill=SIGNAL, width=9)
    pen.line((600, 172, 566, 190), fill=SIGNAL, width=9)
    pen.rectangle((490, 300, 710, 560), fill=SIGNAL)
    pen.line((600, 300, 600, 560), fill=PAPER, width=6)
    for x in (578, 622):
        pen.ellipse((x - 7, 430, x + 7, 444), fill=PAPER)


def _nurse(pen: Pen) -> None:
    pen.rectangle((0, 0, 800, 960), fill=SIGNAL)
    pen.ellipse((100, 720, 700, 1300), fill=INK)
    pen.polygon([(300, 740), (500, 740), (400, 900)], fill=PAPER)
    pen.ellipse((190, 190, 610, 700), fill=INK)
    pen.rectangle((345, 600, 455, 790), fill=PAPER)
    pen.ellipse((250, 250, 550, 670), fill=PAPER)
    pen.polygon([(215, 285), (585, 285), (545, 120), (255, 120)], fill="white", outline=INK)
    pen.polygon([(222, 250), (578, 250), (572, 222), (228, 222)], fill=SIGNAL)
    _features(pen, smile=False)


def _docker(pen: Pen) -> None:
    pen.rectangle((0, 0, 800, 960), fill=SOFT)
    pen.ellipse((60, 730, 740, 1340), fill=INK)
    pen.rectangle((340, 600, 460, 800), fill=PAPER)
    pen.ellipse((240, 240, 560, 680), fill=PAPER)
    pen.chord((220, 150, 580, 480), 180, 360, fill=INK)
    pen.rectangle((180, 300, 620, 338), fill=INK)
    pen.chord((262, 500, 538, 700), 0, 180, fill=INK)
    pen.chord((300, 480, 500, 620), 0, 180, fill=PAPER)
    _features(pen, smile=True)


def _features(pen: Pen, *, smile: bool) -> None:
    for x in (330, 470):
        pen.ellipse((x - 20, 410, x + 20, 438), fill=INK)
        pen.arc((x - 42, 360, x + 42, 420), 200, 340, fill=INK, width=10)
    pen.line((400, 430, 388, 510), fill=INK, width=8)
    pen.line((388, 510, 414, 514), fill=INK, width=8)
    if smile:
        pen.chord((340, 520, 460, 600), 0, 180, fill=SIGNAL)
    else:
        pen.line((356, 575, 444, 575), fill=SIGNAL, width=12)


_MOTIFS: dict[str, Callable[[Pen], None]] = {
    "crane": _crane,
    "pot": _pot,
    "bus": _bus,
    "books": _books,
    "clogs": _clogs,
    "road": _road,
    "window": _window,
    "court": _court,
}
_FACES: dict[str, Callable[[Pen], None]] = {"neda": _nurse, "joren": _docker}
