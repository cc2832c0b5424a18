"""Pictures on their way out: turned upright, shrunk to what every target takes, stripped of all metadata.

Where a picture was taken never leaves this machine. How large a file may be is `limits`' matter, what its values mean
`pixels`'. Pillow is loaded with the first picture.
"""

from router.images.calls import prepare_call
from router.images.limits import LONG_SIDE, THUMBNAIL_SIDE, TOTAL_BYTES, PictureError
from router.images.opening import open_picture
from router.images.pictures import Picture, prepare_picture

__all__ = [
    "LONG_SIDE",
    "THUMBNAIL_SIDE",
    "TOTAL_BYTES",
    "Picture",
    "PictureError",
    "open_picture",
    "prepare_call",
    "prepare_picture",
]
