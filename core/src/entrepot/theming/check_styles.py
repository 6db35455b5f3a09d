"""Checks of a theme's style sheets: colours come from tokens, nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entrepot.theming.findings import Finding, blanked, error, line_at

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING = re.compile(r""""[^"\n]*"|'[^'\n]*'""")
_URL = re.compile(r"url\([^)]*\)", re.IGNORECASE)
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;{}]+)(?=[;}]|\Z)")
_REMOTE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])\s*(?:https?:)?//""", re.IGNORECASE)
_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|(?<![\w-])(?:NAMES)(?![\w-])".replace(
        "NAMES",
        "white|black|gr[ae]y|silver|red|green|blue|yellow|orange|purple|pink|brown|navy|teal|maroon|olive|lime|aqua|"
        "cyan|magenta|gold|beige|ivory|coral|salmon|crimson|indigo|violet|turquoise|tomato|khaki|lavender|"
        "(?:dark|light|medium|pale|deep|hot|sky|steel|slate|royal|midnight|forest|sea|fire|ghost|antique|floral)"
        "(?:gr[ae]y|red|green|blue|yellow|orange|pink|cyan|white|goldenrod|seagreen|slateblue|slategray|brick)",
    ),
    re.IGNORECASE,
)
#: Properties whose words are names of their own, not colours.
_NAMING = re.compile(
    r"(?:-webkit-mask|mask|animation|grid|font|transition|view-transition|counter|container|will-change|content)",
    re.IGNORECASE,
)


def check_stylesheet(file: str, css: str) -> list[Finding]:
    """Hard-coded colours and remote files of one style sheet."""
    return [*remote_styles(file, css), *hard_coded_colours(file, css)]


def remote_styles(file: str, css: str) -> Iterator[Finding]:
    """Addresses of other hosts in ``@import`` and ``url()``."""
    for match in _REMOTE.finditer(blanked(css, _COMMENT)):
        problem = "The style sheet loads a file from another host."
        yield error(file, line_at(css, match.start()), problem, "Bring the file along in static/.")


def hard_coded_colours(file: str, css: str, *, first_line: int = 1) -> Iterator[Finding]:
    """Colours that no token could change, in a style sheet or in the value of a style attribute."""
    bare = blanked(css, _COMMENT, _STRING, _URL)
    for declaration in _DECLARATION.finditer(bare):
        if _NAMING.match(declaration[1]):
            continue
        for colour in _COLOUR.finditer(declaration[2]):
            line = line_at(bare, declaration.start(2) + colour.start()) + first_line - 1
            problem = f"The colour '{colour[0].rstrip('(')}' of '{declaration[1]}' is written into the style."
            yield error(file, line, problem, "Use a token, such as var(--color-accent), and set it in tokens.toml.")
