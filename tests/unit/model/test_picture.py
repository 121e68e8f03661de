"""What a picture file becomes, whatever is inside it."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from automl_tl.model.picture import PictureUnreadable, as_example, load_picture, shape_picture, verify
from automl_tl.model.spec import ImagePreprocessing

RED, GREEN = (255, 0, 0), (0, 255, 0)


def wanted(size: int = 8, **more: object) -> ImagePreprocessing:
    return ImagePreprocessing(size=size, mean=(0.5,) * 3, std=(0.5,) * 3, **more)  # type: ignore[arg-type]


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int, height: int, *, mode: str = "RGB") -> Image.Image:
    drawn = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(drawn).convert(mode)


def smooth(width: int, height: int) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 6, width), np.linspace(0, 4, height))
    waves = np.stack([np.sin(x + y), np.cos(x - y), np.sin(x * y / 3)], axis=-1)
    return Image.fromarray((127.5 + 127.5 * waves).astype(np.uint8))


def halves(left: object, right: object, *, mode: str = "RGB") -> Image.Image:
    """8 × 4 pixels, left half and right half."""
    picture = Image.new(mode, (8, 4), left)  # type: ignore[arg-type]
    picture.paste(right, (4, 0, 8, 4))  # type: ignore[arg-type]
    return picture


def test_picture_of_the_right_size_comes_back_unchanged() -> None:
    picture = noise(8, 8)

    pixels = load_picture(saved(picture), preprocessing=wanted(8))

    assert pixels.dtype == np.uint8
    assert pixels.flags.writeable
    np.testing.assert_array_equal(pixels, np.asarray(picture))


def test_path_and_bytes_give_the_same(tmp_path: Path) -> None:
    data = saved(noise(20, 12))
    (tmp_path / "a.png").write_bytes(data)

    from_path = load_picture(tmp_path / "a.png", preprocessing=wanted(8))

    np.testing.assert_array_equal(from_path, load_picture(data, preprocessing=wanted(8)))


@pytest.mark.parametrize("size", [(40, 24), (24, 40), (9, 100), (1, 1), (1, 50), (3, 2)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("crop_mode", ["center", "squash"])
def test_every_shape_becomes_the_wanted_square(size: tuple[int, int], channels: int, crop_mode: str) -> None:
    preprocessing = wanted(16, channels=channels, crop_mode=crop_mode, crop_share=0.9)

    pixels = load_picture(saved(noise(*size)), preprocessing=preprocessing)

    assert pixels.shape == (16, 16, channels)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("share", [1.0, 0.875])
def test_geometry_is_resize_then_centre_crop(interpolation: str, share: float) -> None:
    picture = smooth(150, 100)
    short, long = round(56 / share), round(56 / share * 1.5)
    resized = picture.resize((long, short), Image.Resampling[interpolation.upper()])
    left, top = round((long - 56) / 2), round((short - 56) / 2)
    reference = np.asarray(resized.crop((left, top, left + 56, top + 56))).astype(int)

    pixels = load_picture(
        saved(picture), preprocessing=wanted(56, interpolation=interpolation, crop_share=share)
    )

    assert np.abs(pixels - reference).mean() < 1.5


def test_squash_keeps_both_ends_that_a_crop_loses() -> None:
    picture = halves(RED, GREEN)

    squashed = load_picture(saved(picture), preprocessing=wanted(4, crop_mode="squash"))
    edges = Image.new("RGB", (12, 4), RED)
    edges.paste(GREEN, (4, 0, 8, 4))
    cropped = load_picture(saved(edges), preprocessing=wanted(4))

    assert tuple(squashed[0, 0]) == RED
    assert tuple(squashed[0, -1]) == GREEN
    assert (cropped == GREEN).all()


@pytest.mark.parametrize(
    ("orientation", "corner"),  # where the picture's top left corner stands once it is upright
    [
        (1, (0, 0)),
        (2, (0, -1)),
        (3, (-1, -1)),
        (4, (-1, 0)),
        (5, (0, 0)),
        (6, (0, -1)),
        (7, (-1, -1)),
        (8, (-1, 0)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_turns_the_picture_upright(orientation: int, corner: tuple[int, int], kind: str) -> None:
    picture = Image.new("L", (32, 32), 0)
    picture.paste(255, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation

    pixels = load_picture(saved(picture, kind, exif=exif), preprocessing=wanted(32, channels=1))

    assert pixels[corner][0] > 240
    assert (pixels > 128).sum() == 64


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_damaged_exif_does_not_spoil_sound_pixels() -> None:
    data = saved(noise(8, 8), "PNG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff damaged")

    assert load_picture(data, preprocessing=wanted(8)).shape == (8, 8, 3)


def grey(values: NDArray[np.generic], kind: str) -> NDArray[np.uint8]:
    return load_picture(saved(Image.fromarray(values), kind), preprocessing=wanted(4, channels=1))[..., 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_keep_their_upper_eight(kind: str) -> None:
    eight = np.arange(16, dtype=np.uint8).reshape(4, 4) * 16

    assert (grey(eight.astype(np.uint16) << 8, kind) == eight).all()


def test_whole_numbers_of_32_bits_are_read_as_16() -> None:
    values = np.full((4, 4), 0x8000, dtype=np.int32)
    values[0, 0] = 2**31 - 1

    pixels = grey(values, "TIFF")

    assert pixels[0, 0] == 255
    assert pixels[1, 1] == 128


@pytest.mark.parametrize(("value", "expected"), [(0.5, 128), (1.0, 255), (200.0, 200), (-3.0, 0), (1e9, 255)])
def test_floats_are_read_as_shares_or_as_eight_bits(value: float, expected: int) -> None:
    values = np.full((4, 4), value, dtype=np.float32)
    values[0, 0] = np.nan

    assert grey(values, "TIFF")[1, 1] == expected
    assert grey(values, "TIFF")[0, 0] == 0


def palette_with_hole() -> Image.Image:
    picture = Image.new("P", (8, 4), 0)
    picture.putpalette([0, 0, 0, *RED])
    picture.paste(1, (4, 0, 8, 4))
    return picture


@pytest.mark.parametrize(
    "data",
    [
        saved(halves((0, 0, 0, 0), (*RED, 255), mode="RGBA")),
        saved(halves((0, 0, 0, 0), (*RED, 255), mode="RGBA"), "WEBP", lossless=True),
        saved(palette_with_hole(), "PNG", transparency=0),
        saved(palette_with_hole(), "GIF", transparency=0),
        saved(halves((0, 0, 0), RED), "PNG", transparency=(0, 0, 0)),
    ],
    ids=["rgba-png", "rgba-webp", "palette-png", "palette-gif", "key-png"],
)
def test_transparency_is_laid_on_white(data: bytes) -> None:
    pixels = load_picture(data, preprocessing=wanted(4, crop_mode="squash", interpolation="nearest"))

    assert tuple(pixels[0, 0]) == (255, 255, 255)
    assert tuple(pixels[0, -1]) == RED


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_becomes_colour_or_grey(mode: str, channels: int) -> None:
    shade = 255 if mode == "1" else 200
    flat = Image.new("RGB", (8, 8), (shade, shade, shade))
    if mode == "LAB":
        from PIL import ImageCms

        picture = ImageCms.profileToProfile(
            flat, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert picture is not None
    else:
        picture = flat.convert(mode)
    data = saved(picture, "TIFF" if mode in ("CMYK", "YCbCr", "LAB") else "PNG")

    verify(data)
    pixels = load_picture(data, preprocessing=wanted(8, channels=channels))

    assert pixels.shape == (8, 8, channels)
    assert abs(pixels.mean() - shade) < 6


def test_cmyk_jpeg_keeps_its_colours() -> None:
    data = saved(Image.new("RGB", (16, 16), RED).convert("CMYK"), "JPEG")

    red, green, blue = load_picture(data, preprocessing=wanted(8))[4, 4].astype(int)

    assert red > 200
    assert max(green, blue) < 60


def test_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert (load_picture(data, preprocessing=wanted(8)) == RED).all()


def test_large_jpeg_read_in_draft_looks_the_same() -> None:
    picture = smooth(1600, 1200)
    exact = load_picture(saved(picture), preprocessing=wanted(64)).astype(int)

    drafted = load_picture(saved(picture, "JPEG", quality=95), preprocessing=wanted(64))

    assert np.abs(drafted - exact).mean() < 1.5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_picture_is_found(kind: str, share: float) -> None:
    data = saved(noise(64, 48), kind)
    cut = data[: int(len(data) * share)]

    with pytest.raises(PictureUnreadable):
        verify(cut)
    with pytest.raises(PictureUnreadable):
        load_picture(cut, preprocessing=wanted(8))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about broken tags
def test_damaged_bytes_raise_nothing_but_unreadable() -> None:
    draw = random.Random(0)
    files = [saved(noise(24, 16), kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")]

    for attempt in range(300):
        damaged = bytearray(files[attempt % len(files)])
        for _ in range(draw.choice([1, 4, 16])):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        try:
            verify(bytes(damaged))
            load_picture(bytes(damaged), preprocessing=wanted(8))
        except PictureUnreadable as error:
            assert str(error)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"not a picture at all", "is not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
        (saved(Image.new("1", (20_000, 20_000))), "more than 100 megapixels"),
        (saved(Image.new("1", (10_001, 10_000))), "is 10001 × 10000 pixels, more than 100 megapixels"),
    ],
    ids=["empty", "text", "program", "bomb", "just-beyond"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_reason_says_what_was_found(data: bytes, reason: str) -> None:
    with pytest.raises(PictureUnreadable, match=reason):
        verify(data)
    with pytest.raises(PictureUnreadable, match=reason):
        load_picture(data, preprocessing=wanted(8))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"channels": 4}, "4 channels, but a picture has 1 or 3"),
        ({"crop_mode": "border"}, 'crop mode "border", but only center and squash'),
        ({"interpolation": "random"}, 'interpolation "random", but only nearest'),
    ],
)
def test_unknown_preprocessing_is_not_the_pictures_fault(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        load_picture(saved(noise(8, 8)), preprocessing=wanted(8, **more))

    assert not isinstance(caught.value, PictureUnreadable)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("JPEG", "RGB"), ("PNG", "L"), ("TIFF", "I;16")]
)
def test_an_example_is_a_small_png_whatever_the_picture_was(tmp_path: Path, kind: str, mode: str) -> None:
    picture = noise(1000, 700, mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) << 8)
    picture.save(tmp_path / "large", kind)

    example = Image.open(io.BytesIO(as_example(tmp_path / "large")))

    assert (example.format, example.size) == ("PNG", (512, 358))


def test_a_small_example_keeps_its_pixels(tmp_path: Path) -> None:
    noise(8, 8).save(tmp_path / "small.png")

    example = Image.open(io.BytesIO(as_example(tmp_path / "small.png")))

    np.testing.assert_array_equal(np.asarray(example), np.asarray(noise(8, 8)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_an_open_picture_gives_what_its_file_gives(mode: str) -> None:
    picture = noise(20, 12).convert(mode)
    data = saved(picture, "TIFF" if mode == "CMYK" else "PNG")

    from_open = shape_picture(picture, preprocessing=wanted(8))

    np.testing.assert_array_equal(from_open, load_picture(data, preprocessing=wanted(8)))


def test_missing_file_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_picture(tmp_path / "absent.png", preprocessing=wanted(8))
