"""Cuts the font for MathML out of STIX Two Math: the glyphs our formulas can show, and the tables that lay them out.

The whole font is 1.5 MB; a page needs about 50 kB of it. It comes inside the ziamath wheel, so that setting up needs
no download of its own. STIX Two Math is under the SIL Open Font License 1.1, whose notice is written beside it.
"""

from __future__ import annotations

import sys
from importlib.resources import as_file, files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "quizsvc" / "web" / "static" / "fonts"
FONT = FONTS / "stix-two-math.woff2"
NOTICE = FONTS / "stix-two-math.LICENSE.txt"

CHARACTERS = (
    # Text that stands in formulas
    range(0x20, 0x7F),  # digits, Latin, ASCII operators and brackets
    "\u00a0±·×÷¬°",
    range(0x391, 0x3AA),  # Greek capitals
    range(0x3B1, 0x3CA),  # Greek letters
    "ϕϵ",
    "\u2009\u200a\u2061\u2062\u2063",  # thin spaces; function application, invisible times and separator
    # Marks above and beside a letter
    "\u0302\u0303\u0304\u0305\u0307\u0308^~¯˙¨ˉˆ˜‾",
    "′″‴⁗",
    # Operators and relations
    "−∓∗∘∙⋅⊙⊗⊕∂∇∑∏∐∫√∞∝",
    "≈≃≅≠≡≤≥≪≫≲≳∈∉∣∥⊤⊥∀∃∧∨∪∩⊂⊆∅…⋯⋮⋱",
    "←↑→↓↔↦⇐⇒⇔⟵⟶⟹⟺",
    "⟨⟩⌈⌉⌊⌋‖⟦⟧",
    # Letters as mathematics sets them: a browser shows the lone letter of an <mi> as the italic one here
    "ℎℝ𝔼",
    range(0x1D400, 0x1D468),  # bold, italic
    range(0x1D6A4, 0x1D6A6),  # dotless i and j, for marks above them
    range(0x1D6E2, 0x1D71C),  # italic Greek
)
FEATURES = ("ssty", "dtls", "flac", "kern", "mark", "mkmk", "ccmp")
"""Small forms for indices, dotless letters and flat accents below marks: what a browser asks of a mathematics font."""
SMALL_FORMS = frozenset(
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "plus", "minus")
)
"""Glyphs that keep their forms for indices and exponents; all others are scaled, which halves the font."""
KEPT_NAMES = (0, 1, 2, 3, 4, 5, 6, 7, 13, 14)
"""Copyright, family, version, trademark and licence: the licence asks that they stay with the font."""


def unicodes() -> set[int]:
    """The code points that the font keeps."""
    return {code if isinstance(code, int) else ord(code) for group in CHARACTERS for code in group}


def subset_font(source: Path, target: Path) -> None:
    """Write to `target`, as woff2, what formulas need of the font at `source`."""
    options = subset.Options(
        flavor="woff2",
        layout_features=list(FEATURES),
        name_IDs=list(KEPT_NAMES),
        drop_tables=["DSIG"],  # a signature of the whole font is void for a part of it
        hinting=False,
        notdef_outline=True,
    )
    font = TTFont(source, recalcTimestamp=False)  # the same bytes at every set-up
    keep_small_forms(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes())
    subsetter.subset(font)  # follows MATH to the tall brackets, large operators and their parts
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(target), options)


def keep_small_forms(font: TTFont) -> None:
    """Take from the feature `ssty` all glyphs that are not among SMALL_FORMS."""
    table = font["GSUB"].table
    records = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "ssty"]
    for index in {index for feature in records for index in feature.LookupListIndex}:
        for part in table.LookupList.Lookup[index].SubTable:
            part.alternates = {glyph: forms for glyph, forms in part.alternates.items() if glyph in SMALL_FORMS}


def notice(font: Path) -> str:
    """Copyright, trademark and licence, as the font itself states them."""
    names = TTFont(font)["name"]
    return "\n".join(
        [*(names.getDebugName(number) for number in (0, 7, 13, 14)), "A subset in woff2, otherwise unchanged.", ""]
    )


def main() -> None:
    """Make the font and its notice where the pages look for them."""
    with as_file(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf") as source:
        subset_font(source, FONT)
    NOTICE.write_text(notice(FONT), encoding="utf-8")
    sys.stdout.write(f"{FONT.name}: {FONT.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
