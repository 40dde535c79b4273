"""What each code of a rejected file means, and the way out, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from radalike.errors import RejectCode


@dataclass(frozen=True, slots=True)
class RejectMeaning:
    """Two sentences: what is the matter with the file, and what to do about it."""

    meaning: str
    way_out: str


MEANINGS: Mapping[RejectCode, RejectMeaning] = MappingProxyType(
    {
        RejectCode.EMPTY: RejectMeaning(
            "There is nothing in the file.", "Copy or send it again, or remove it."
        ),
        RejectCode.NOT_AN_IMAGE: RejectMeaning(
            "It is named as an image, and its content is none that is known.",
            "Export it again as PNG, JPEG or DICOM.",
        ),
        RejectCode.NOT_DICOM: RejectMeaning(
            "It is named as DICOM, and its content is none.",
            "Export it again from the archive that it comes from.",
        ),
        RejectCode.QUARANTINED: RejectMeaning(
            "Its first bytes are those of a program or a document: it could be run.",
            "Do not open it elsewhere. Have it looked at, and export the image again.",
        ),
        RejectCode.MISSING_FILE: RejectMeaning(
            "It was listed, and was not there when it was to be read.",
            "Put it back, or correct the manifest that names it.",
        ),
        RejectCode.UNREADABLE: RejectMeaning(
            "It could not be read: a missing right, encryption, or a server that did not send it.",
            "Give Radalike's account the right to read it, or unpack the archive first.",
        ),
        RejectCode.TRUNCATED: RejectMeaning(
            "It ends before its data does.", "Copy or send it again."
        ),
        RejectCode.PIXEL_DECODE: RejectMeaning(
            "Its pixel data is damaged, or its decoder failed.",
            "Export it again, uncompressed where that is possible.",
        ),
        RejectCode.UNSUPPORTED_TRANSFER_SYNTAX: RejectMeaning(
            "It is compressed in a way that is not decoded here.",
            "Have it sent uncompressed (Explicit VR Little Endian).",
        ),
        RejectCode.RESOURCE_LIMIT: RejectMeaning(
            "It is larger, deeper, or takes longer to decode than is allowed.",
            "If it is a real image, raise the settings decode_memory_mib and decode_seconds, or "
            "split it; unpack archives within archives.",
        ),
        RejectCode.INVALID_ATTRIBUTES: RejectMeaning(
            "What describes its pixels is missing, or contradicts itself.",
            "Correct it where it comes from.",
        ),
        RejectCode.INVALID_LABELS: RejectMeaning(
            "Its labels in the manifest are not as they should be.", "Correct the manifest's row."
        ),
        RejectCode.IDENTITY_CONFLICT: RejectMeaning(
            "An image of the same identity is there with other pixels; the first is kept.",
            "Find out which of them is right; a changed image needs an identity of its own.",
        ),
        RejectCode.PATH_ESCAPE: RejectMeaning(
            "Its path, or a link, leads out of the folder or archive.",
            "Put the file itself in its place, or ingest the folder that it is in.",
        ),
        RejectCode.WORKER_CRASH: RejectMeaning(
            "Its decoder crashed on it, and was started anew.",
            "Export it again, uncompressed where that is possible, and report the crash.",
        ),
        RejectCode.INVALID_VECTOR: RejectMeaning(
            "The encoder finds nothing in it that could be compared.",
            "Look at it: such images are of one grey throughout. Otherwise use another encoder.",
        ),
    }
)

_UNKNOWN = RejectMeaning(
    "Another version of Radalike gave this code.", "That version's `radalike rejects` says more."
)


def meaning_of(code: str) -> RejectMeaning:
    """Of a code as the catalog has it."""
    return MEANINGS[RejectCode(code)] if code in list(RejectCode) else _UNKNOWN
