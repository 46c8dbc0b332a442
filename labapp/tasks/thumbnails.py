"""Image processing: the classic job to take off a web request."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Annotated

from annotated_types import Interval
from celery import shared_task

from labapp.progress import track

if TYPE_CHECKING:
    from PIL import Image

UPLOAD_SIZE = (1600, 1200)


@shared_task  # type: ignore[untyped-decorator]
def thumbnails(
    count: Annotated[int, Interval(ge=1, le=500)] = 24,
    size: Annotated[int, Interval(ge=16, le=1024)] = 128,
) -> dict[str, int]:
    """Makes thumbnails of pictures that are generated here, as of a batch of uploads."""
    uploaded = made = 0
    for number in track(range(count), message="pictures"):
        upload = picture(number)
        thumbnail = shrink(upload, size)
        uploaded += len(upload)
        made += len(thumbnail)
    return {"pictures": count, "size": size, "bytes_before": uploaded, "bytes_after": made}


def picture(number: int) -> bytes:
    """A picture as a camera would send it, 1600 by 1200 pixels, JPEG; another for each number."""
    from PIL import Image

    sky = Image.linear_gradient("L").rotate(number * 15 % 360)
    sun = Image.radial_gradient("L").rotate(-number * 15 % 360)
    grain = Image.effect_noise(sky.size, 10 + number % 40)
    return _jpeg(Image.merge("RGB", (sky, sun, grain)).resize(UPLOAD_SIZE))


def shrink(upload: bytes, size: int) -> bytes:
    """Decode a picture, fit it into a square of `size` pixels, and encode it again."""
    from PIL import Image

    with Image.open(BytesIO(upload)) as image:
        # Decoded in full, not by JPEG's draft mode: the work is what this task is for.
        image.load()
        return _jpeg(image.resize(_fit(image.size, size), Image.Resampling.LANCZOS))


def _fit(original: tuple[int, int], size: int) -> tuple[int, int]:
    scale = size / max(original)
    return max(1, round(original[0] * scale)), max(1, round(original[1] * scale))


def _jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
