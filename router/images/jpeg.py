"""What a JPEG's header says of how it has to be read."""

from __future__ import annotations

from dataclasses import dataclass

_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length."""

_SCAN, _END = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """How a JPEG's pixels are laid down.

    Attributes:
        in_scans: whether they come in several scans over the picture, so that all have to be kept until the last.
        scans: how many there are at most.
        samples_by_pixel: samples to a pixel: 3 in full colour, 1.5 where colour is at half the size.
    """

    in_scans: bool = False
    scans: int = 1
    samples_by_pixel: float = 4.0


def read_jpeg_frame(data: bytes) -> JpegFrame:
    """The first frame's; of a file that cannot be followed, what is not the largest (it will not be decoded either)."""
    position, progressive, samples, components = 2, False, 4.0, 0
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF or marker in _ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        segment = data[position + 4 : position + 2 + int.from_bytes(data[position + 2 : position + 4])]
        if marker in _FRAMES and len(segment) >= 6:
            progressive, samples, components = marker in _PROGRESSIVE, _samples_by_pixel(segment), segment[5]
        if marker in (_SCAN, _END):
            in_scans = progressive or (len(segment) > 0 and segment[0] < components)
            # Within a scan's data 0xFF stands only ahead of 0 and of restarts, so this counts no byte of it.
            return JpegFrame(in_scans, data.count(b"\xff\xda", position) if in_scans else 1, samples)
        position += 2 + int.from_bytes(data[position + 2 : position + 4])
    # Whoever skips what is between segments, as the library does, may still find scans behind it.
    return JpegFrame(True, data.count(b"\xff\xda"), samples)


def _samples_by_pixel(segment: bytes) -> float:
    factors = [(byte >> 4, byte & 15) for byte in segment[7 : 6 + 3 * segment[5] : 3]]
    widest = max((wide for wide, _ in factors), default=1) or 1
    highest = max((high for _, high in factors), default=1) or 1
    return sum(wide * high for wide, high in factors) / (widest * highest)
