"""From a picture file to the pixels that a backbone wants to see."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from automl_tl.model.problem import SampleUnreadable
from automl_tl.model.spec import ImagePreprocessing

MEGAPIXELS = 100
"""Pictures with more are refused: a small file that unpacks to more memory than a machine has."""

EXAMPLE_PIXELS = 512
"""The longest side of a picture that is kept as an example: it is to be looked at, not to fill disks."""

# Without this list Pillow also tries formats that start other programs (EPS) or have no signature (TGA).
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF")

# A broken file makes Pillow's decoders raise any of these; MemoryError is the machine's, not the file's.
_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
)

_UPRIGHT = {  # EXIF orientation → what turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_MODES = {1: "L", 3: "RGB"}
_DRAFT = 3  # JPEGs are decoded at an 8th, 4th or half where that leaves this many times the pixels wanted


class PictureUnreadable(SampleUnreadable):
    """A file is no picture, is broken, or is too large; the sentence continues the file's name."""


def load_picture(source: Path | bytes, *, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    """The picture as ``preprocessing`` wants it, before scaling and normalising: uint8 [S, S, C].

    It is turned upright, transparency is laid on white, 16 bits become 8 (the upper ones), CMYK and palettes
    become colours; of several frames the first counts. Then the middle ``crop_share`` of the shorter side
    (``center``) or the whole picture (``squash``) is resampled to S × S in one step.

    Raises PictureUnreadable for bytes that are no whole picture, OSError for a path that cannot be read,
    ValueError for preprocessing that no picture can be given.
    """
    _require_known(preprocessing)
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        with _open(data) as opened:
            reach = _reach(preprocessing)
            opened.draft(None, (reach, reach))
            return _pixels(opened, preprocessing=preprocessing)
    except _BROKEN as error:
        raise _unreadable(error) from error


def shape_picture(picture: Image.Image, *, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    """The same for a picture that is open already: uint8 [S, S, C].

    Raises PictureUnreadable when its pixels cannot be read, ValueError for impossible preprocessing.
    """
    _require_known(preprocessing)
    try:
        return _pixels(picture, preprocessing=preprocessing)
    except _BROKEN as error:
        raise _unreadable(error) from error


def as_example(source: Path, *, longest: int = EXAMPLE_PIXELS) -> bytes:
    """The picture as a PNG file that shows what a model reads: upright, its longer side at most ``longest``.

    Raises PictureUnreadable, OSError.
    """
    data = source.read_bytes()
    try:
        with _open(data) as opened:
            opened.draft(None, (_DRAFT * longest, _DRAFT * longest))
            picture = _coloured(_upright(opened), mode="L" if opened.mode in ("1", "L") else "RGB")
            picture.thumbnail((longest, longest))
            file = BytesIO()
            picture.save(file, "PNG")
    except _BROKEN as error:
        raise _unreadable(error) from error
    return file.getvalue()


def verify(data: bytes) -> None:
    """Decode every byte of a picture, so that truncated files are found; raises PictureUnreadable."""
    thumbnail(data, side=1)


def thumbnail(data: bytes, *, side: int) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """A picture's width and height, upright, and the whole of it squashed to uint8 [side, side, 3].

    Every byte is decoded, so that truncated files are found; raises PictureUnreadable.
    """
    try:
        with _open(data) as opened:
            width, height = opened.size
            opened.draft(None, (_DRAFT * side, _DRAFT * side))  # reads all of a JPEG, computes what is wanted
            picture = _upright(opened)
            is_turned = picture.size != opened.size
            small = _coloured(picture, mode="RGB").resize((side, side), Image.Resampling.BILINEAR)
    except _BROKEN as error:
        raise _unreadable(error) from error
    return ((height, width) if is_turned else (width, height)), np.asarray(small)


def _pixels(picture: Image.Image, *, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    coloured = _coloured(_upright(picture), mode=_MODES[preprocessing.channels])
    pixels = np.array(_resampled(coloured, preprocessing=preprocessing))
    return pixels.reshape(preprocessing.size, preprocessing.size, preprocessing.channels)


def _require_known(preprocessing: ImagePreprocessing) -> None:
    if preprocessing.channels not in _MODES:
        raise ValueError(f"{preprocessing.channels} channels, but a picture has 1 or 3")
    if preprocessing.crop_mode not in ("center", "squash"):
        raise ValueError(f'crop mode "{preprocessing.crop_mode}", but only center and squash are known')
    if preprocessing.interpolation.upper() not in Image.Resampling.__members__:
        known = ", ".join(Image.Resampling.__members__).lower()
        raise ValueError(f'interpolation "{preprocessing.interpolation}", but only {known} are known')


def _open(data: bytes) -> Image.Image:
    if not data:
        raise PictureUnreadable("is empty")
    try:
        opened = Image.open(BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureUnreadable(f"has more than {MEGAPIXELS} megapixels") from error
    except UnidentifiedImageError as error:
        raise PictureUnreadable("is not a picture in a format that can be read") from error
    if opened.width * opened.height > MEGAPIXELS * 10**6:
        raise PictureUnreadable(
            f"is {opened.width} × {opened.height} pixels, more than {MEGAPIXELS} megapixels"
        )
    return opened


def _unreadable(error: Exception) -> PictureUnreadable:
    if isinstance(error, PictureUnreadable):
        return error
    return PictureUnreadable(f"breaks off or is damaged: {str(error) or type(error).__name__}")


def _reach(preprocessing: ImagePreprocessing) -> int:
    return max(1, round(_DRAFT * preprocessing.size / preprocessing.crop_share))


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except _BROKEN:  # damaged EXIF beside sound pixels: as if there were none
        return picture
    return picture.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else picture


def _coloured(picture: Image.Image, *, mode: str) -> Image.Image:
    if picture.mode == "F" or picture.mode.startswith("I"):
        picture = Image.fromarray(_eight_bits(picture))
    elif picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.new("RGB", rgba.size, "white")
        picture.paste(rgba, mask=rgba.getchannel("A"))
    if picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")  # some modes (LAB) know no other way
    return picture if picture.mode == mode else picture.convert(mode)


def _eight_bits(picture: Image.Image) -> NDArray[np.uint8]:
    values = np.asarray(picture)
    if picture.mode == "F":
        shares = np.nan_to_num(values)
        scale = 255.0 if shares.max(initial=0.0) <= 1.0 else 1.0
        eight = np.clip(np.rint(shares * scale), 0, 255)
    else:
        eight = np.clip(values.astype(np.int32), 0, 2**16 - 1) >> 8
    return np.asarray(eight, dtype=np.uint8)


def _resampled(picture: Image.Image, *, preprocessing: ImagePreprocessing) -> Image.Image:
    width, height = picture.size
    box = (0.0, 0.0, float(width), float(height))
    if preprocessing.crop_mode == "center":
        side = min(width, height) * min(1.0, preprocessing.crop_share)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    resampling = Image.Resampling[preprocessing.interpolation.upper()]
    size = (preprocessing.size, preprocessing.size)
    return picture.resize(size, resampling, box=box)
