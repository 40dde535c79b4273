"""What DICOM libraries raise, as the codes of rejects. Their messages are never passed on: they
can hold what stands in the file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pydicom.errors import BytesLengthException, InvalidDicomError

from radalike.errors import ImageRejected, RejectCode


@contextmanager
def dicom_errors() -> Iterator[None]:
    """Turn whatever is raised inside into ImageRejected, also what is no Exception: decoders
    written in Rust panic with a BaseException."""
    try:
        yield
    except (ImageRejected, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except InvalidDicomError as exc:
        raise ImageRejected(RejectCode.NOT_DICOM, "not DICOM") from exc
    except (EOFError, struct.error, BytesLengthException) as exc:
        raise ImageRejected(RejectCode.TRUNCATED, "the dataset ends early") from exc
    except zlib.error as exc:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "the deflated dataset is broken") from exc
    except (MemoryError, RecursionError) as exc:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "over the decoder's limits") from exc
    except NotImplementedError as exc:
        raise ImageRejected(
            RejectCode.UNSUPPORTED_TRANSFER_SYNTAX, "no decoder for its transfer syntax"
        ) from exc
    except (AttributeError, TypeError, OverflowError, LookupError) as exc:
        raise ImageRejected(
            RejectCode.INVALID_ATTRIBUTES, "attributes missing or contradictory"
        ) from exc
    except ValueError as exc:
        cut = "less than expected" in str(exc) or "bytes" in str(exc)
        code = RejectCode.TRUNCATED if cut else RejectCode.INVALID_ATTRIBUTES
        raise ImageRejected(code, "pixel data and attributes do not agree") from exc
    except BaseException as exc:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "the pixel data cannot be decoded") from exc
