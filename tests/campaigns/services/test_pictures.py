"""Uploads are read as pixels and written anew; whatever else was in them stays outside."""

import re
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from campaigns.errors import PictureRefused
from campaigns.services.pictures import MAX_BYTES, MAX_SIDE, re_encode
from tests.factories.articles import picture

pytestmark = pytest.mark.once

GPS, MAKER = 0x8825, 0x010F


def opened(file):
    """What a reader's browser gets."""
    return Image.open(BytesIO(file.read()))


def upload(content, name="a.jpg"):
    """Bytes as a browser sends them."""
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_place_author_and_comments_are_gone():
    exif = Image.Exif()
    exif[MAKER] = "Camera of Ilse Brandt"
    exif[GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    clean = re_encode(picture(exif=exif, comment=b"taken in Orrin", icc_profile=b"x" * 200)).read()

    assert b"Ilse" not in clean
    assert b"Orrin" not in clean
    assert not dict(Image.open(BytesIO(clean)).getexif())
    assert "icc_profile" not in Image.open(BytesIO(clean)).info


def test_texts_in_a_png_are_gone():
    notes = PngInfo()
    notes.add_text("Author", "Ilse Brandt")
    clean = re_encode(picture("a.png", "PNG", mode="RGBA", pnginfo=notes)).read()
    assert b"Ilse" not in clean


def test_a_photo_taken_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(re_encode(picture(size=(640, 480), exif=exif))).size == (480, 640)


def test_a_large_picture_is_made_smaller():
    assert opened(re_encode(picture(size=(3000, 1500)))).size == (MAX_SIDE, MAX_SIDE // 2)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGB"])
def test_every_kind_of_colour_becomes_a_jpeg(mode):
    file = re_encode(
        picture("a.png" if mode == "P" else "a.jpg", "PNG" if mode == "P" else "JPEG", mode=mode)
    )
    assert str(file.name).endswith(".jpg")
    assert opened(file).format == "JPEG"


def test_transparency_is_kept():
    file = re_encode(picture("a.webp", "WEBP", mode="RGBA", color=(178, 34, 34, 90)))
    assert str(file.name).endswith(".png")
    assert opened(file).format == "PNG"


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/x.jpg", "%00.jpg", "CON.jpg", "a.php", "x.svg", "é" * 100 + ".jpg"],
)
def test_the_name_is_random_whatever_was_sent(name):
    assert re.fullmatch(r"[0-9a-f]{32}\.jpg", str(re_encode(picture(name)).name))


def test_what_hides_behind_the_pixels_stays_outside():
    content = picture().read() + b"<script>alert(1)</script>PK\x03\x04"
    assert b"script" not in re_encode(upload(content)).read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a<script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    ],
    ids=["empty", "gif", "svg", "html", "pdf", "png", "webp"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PictureRefused):
        re_encode(upload(content))


def test_a_picture_cut_short_is_refused():
    content = picture(size=(800, 800)).read()
    with pytest.raises(PictureRefused):
        re_encode(upload(content[: len(content) // 2]))


@pytest.mark.parametrize("size", [(8000, 6000), (60000, 60000)])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(size):
    small = picture("a.png", "PNG", size=(1, 1)).read()
    header = small[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + small[24:29]
    crc = zlib.crc32(header[12:29]).to_bytes(4, "big")
    with pytest.raises(PictureRefused, match="40 million"):
        re_encode(upload(header + crc + small[33:]))


def test_a_file_of_more_than_ten_megabytes_is_refused_unread():
    with pytest.raises(PictureRefused, match="10 MB"):
        re_encode(upload(b"x" * (MAX_BYTES + 1)))
