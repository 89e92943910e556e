"""Take the picture of the report: ``python docs/pictures.py`` (needs Chromium or Chrome).

The demo's report, as the browser shows it, into ``docs/images/report.png``.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

IMAGES = Path(__file__).parent / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT = 1080, 1500
SCALE = 1.5
COLOURS = 128
"""Enough for lines, text and few hues; a third of the bytes."""


def main() -> int:
    """Make the report, take its picture, cut off what is empty below it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"None of {', '.join(BROWSERS)} is found; install one.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run([sys.executable, "-m", "anklet", "demo", "--out", folder], check=True)
        picture = folder / "report.png"
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
        size = (f"--window-size={WIDTH},{HEIGHT}", f"--force-device-scale-factor={SCALE}")
        page = (folder / "report.html").as_uri()
        subprocess.run([browser, *options, *size, f"--screenshot={picture}", page], check=True)
        cut = _without_empty_rows(Image.open(picture).convert("RGB"))
    cut.quantize(COLOURS).save(IMAGES / "report.png", optimize=True)
    return 0


def _without_empty_rows(image: Image.Image) -> Image.Image:
    """Cut off the rows at the bottom that are all of the ground's colour."""
    ground = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    box = ImageChops.difference(image, ground).getbbox()
    return image.crop((0, 0, image.width, box[3] if box else image.height))


if __name__ == "__main__":
    sys.exit(main())
