"""Fonts for names in any script: the first installed one of each kind stands in for glyphs that the main one lacks.

Matplotlib draws outlines only, so coloured bitmap emoji (Noto Color Emoji, Apple Color Emoji) are not among them:
https://matplotlib.org/stable/users/explain/text/fonts.html.
"""
import logging
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager

MAIN = "DejaVu Sans"
"""It comes with matplotlib."""
IDEOGRAPHS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "AR PL UMing CN", "Arial Unicode MS", "Unifont",
)
EMOJI = ("Noto Emoji", "Symbola", "Segoe UI Emoji", "Segoe UI Symbol", "Unifont Upper")


def families(installed: Collection[str]) -> list[str]:
    """Those to draw with, the main one first."""
    stand_ins = (next((name for name in kind if name in installed), None) for kind in (IDEOGRAPHS, EMOJI))
    return [MAIN, *(name for name in stand_ins if name)]


@contextmanager
def glyphs_may_lack() -> Iterator[None]:
    """A name in a script without a font is drawn as boxes, a bold one perhaps thin: no reason to warn."""
    searching = logging.getLogger("matplotlib.font_manager")
    level = searching.level
    searching.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            yield
    finally:
        searching.setLevel(level)
