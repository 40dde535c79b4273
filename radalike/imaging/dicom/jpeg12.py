"""JPEG Extended of 12 bits, decoded by GDCM directly: pydicom's plug-ins leave it out, since one
of GDCM's lossless modes is broken at that depth. DCMTK gives the same pixels for this one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import JPEGExtended12Bit

from radalike.errors import ImageRejected, RejectCode


def decode_jpeg12(frame: bytes, dataset: Dataset) -> npt.NDArray[Any]:
    """The stored values of a grey frame, (rows, columns).

    Raises ImageRejected: UnsupportedTransferSyntax for colour, PixelDecode for a broken frame.
    """
    import gdcm

    if dataset.SamplesPerPixel != 1 or dataset.BitsAllocated != 16:
        raise ImageRejected(
            RejectCode.UNSUPPORTED_TRANSFER_SYNTAX, "12-bit JPEG is decoded in grey only"
        )
    stored, signed = int(dataset.BitsStored), int(dataset.PixelRepresentation)
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((dataset.Columns, dataset.Rows, 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(
        gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(JPEGExtended12Bit)))
    )
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, stored, stored - 1, signed))
    buffer = image.GetBuffer()
    if buffer is None:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "the pixel data cannot be decoded")
    values = np.frombuffer(buffer.encode("utf-8", "surrogateescape"), "<i2" if signed else "<u2")
    return values.reshape(dataset.Rows, dataset.Columns)
