"""Text as LaTeX prints it, and the room that it takes."""

import re
import unicodedata

SIGNS = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "`": r"\textasciigrave{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "*": "$^{*}$", "[": "{[}", '"': "''", "<": "$<$", ">": "$>$",
    "|": "$|$", "±": r"$\pm$", "−": "$-$", "×": r"$\times$", "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$",
    "‡": r"\ddag{}", "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "λ": r"$\lambda$", "μ": r"$\mu$",
    "σ": r"$\sigma$", "τ": r"$\tau$",
})  # fmt: skip
NARROW, WIDE = frozenset("iljftrI.,:;'|!()[]{} /-"), frozenset("mwMW%@–—±−×")
LACKING = frozenset("ĦħĸĿŀŉŦŧſ")  # Latin letters, among them two of Maltese, that pdfLaTeX has no definition of
OTHER_SCRIPTS = "% It has letters of other scripts: compile it with LuaLaTeX or XeLaTeX, in a font that has them."
POINTS = 8.0  # of the size \footnotesize


def escape(text: str) -> str:
    """The text as LaTeX prints it, in UTF-8: special signs escaped, and two hyphens kept from becoming a dash."""
    return re.sub("-(?=-)", "-{}", text.translate(SIGNS))


def needs_unicode(text: str) -> bool:
    """Whether a text has letters that pdfLaTeX's own fonts lack, but LuaLaTeX and XeLaTeX may print."""
    beyond = {sign for sign in text if ord(sign) > 0x17F and ord(sign) not in SIGNS}
    return bool(beyond.difference("–—‘’“”…") or LACKING.intersection(text))


def width(text: str) -> float:
    """Points that a line of text takes at the size \\footnotesize, rather too many than too few."""
    return sum(_width(sign) for sign in text)


def _width(sign: str) -> float:
    if sign in NARROW:
        return 0.36 * POINTS
    if sign in WIDE:
        return 0.9 * POINTS
    if sign.isupper():
        return 0.72 * POINTS
    return (1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.52) * POINTS


def slug(text: str) -> str:
    """A text as part of a label: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
