"""Whether a document holds text, as its name and type promise.

Belongs here: telling binary content from text by its bytes. Not here: decoding (prose.py), which documents are wanted.
"""

import re

SAMPLE_BYTES = 65_536
CONTROL_SHARE_MAX = 0.05  # of a sample; random bytes have 0.11, text in any character set of one byte hardly any
CONTROLS_MIN = 8

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
_SIGNATURES = re.compile(
    rb"\s{0,8}(?:%PDF-|\x89PNG|\xff\xd8\xff|GIF8[79]a|PK\x03\x04|\x1f\x8b|\xd0\xcf\x11\xe0|\x7fELF|MZ\x90)"
)


def broken_promise(sample: bytes) -> str:
    """Why a document is no text, by its first SAMPLE_BYTES; empty where it may be one."""
    if _SIGNATURES.match(sample):
        return "binary where text is promised: the signature of another format"
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls >= CONTROLS_MIN and controls > CONTROL_SHARE_MAX * len(sample):
        return f"binary where text is promised: {controls} control characters in {len(sample)} bytes"
    return ""
