"""Pictures people upload: read as pixels, written anew, everything else left behind."""

import struct
import uuid
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from campaigns.errors import PictureRefused

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# Wider than any column it is shown in, twice over for fine screens.
MAX_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


def re_encode(upload: UploadedFile) -> "ContentFile[bytes]":
    """A new JPEG (PNG where something is transparent) under a random name.

    Turned upright, at most 1600 pixels a side, without any metadata: no place,
    no camera, no author. Raises PictureRefused with a sentence for the person.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise PictureRefused(message=_("This picture is larger than 10 MB; make it smaller."))
    picture = _read(upload)
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    out = BytesIO()
    if picture.has_transparency_data:
        _bare(picture.convert("RGBA")).save(out, "PNG", optimize=True)
        return ContentFile(out.getvalue(), name=f"{uuid.uuid4().hex}.png")
    _bare(picture.convert("RGB")).save(out, "JPEG", quality=84, progressive=True)
    return ContentFile(out.getvalue(), name=f"{uuid.uuid4().hex}.jpg")


def _read(upload: UploadedFile) -> Image.Image:
    try:
        picture: Image.Image = Image.open(upload, formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(
            message=_("This picture has more than 40 million pixels; make it smaller.")
        ) from None
    # Pillow's readers raise any of these on a file cut short or made up.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, struct.error):
        raise PictureRefused from None


def _bare(picture: Image.Image) -> Image.Image:
    """The same pixels without comments, profiles and EXIF, which Pillow would carry over."""
    picture.info = {}
    return picture
