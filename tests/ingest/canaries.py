"""Planted strings, one of its own in every place of a DICOM file that takes text, and the search
for them in whatever form they come out."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID

UID_ROOT = "1.2.826.0.1.3680043.10.9999."
_TEXT = re.compile(rb"QZ[0-9]{5}VX", re.IGNORECASE)
_UID = re.compile(re.escape(UID_ROOT).encode() + rb"[0-9]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_DIGITS = re.compile(rb"[0-9]{6}")
_DAY = date(1601, 1, 1)

STRUCTURE = frozenset(
    """
    SOPClassUID Modality SpecificCharacterSet PhotometricInterpretation TransferSyntaxUID
    PresentationLUTShape VOILUTFunction RescaleType PixelPresentation VolumetricProperties
    BurnedInAnnotation
    """.split()
)
"""What a file must say truly to be read as the image it is."""

_RENDERED = frozenset(
    """
    ModalityLUTSequence VOILUTSequence SoftcopyVOILUTSequence PresentationLUTSequence
    SequenceOfUltrasoundRegions SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
    PixelValueTransformationSequence FrameVOILUTSequence
    """.split()
)
"""Sequences that are read for the picture; `plant` leaves them as they are."""


@dataclass
class Canaries:
    """Gives out distinct strings, by value representation, and knows them again."""

    number: int = 0
    where: dict[str, str] = field(default_factory=dict)
    timed: dict[bytes, str] = field(default_factory=dict)

    def text(self, where: str) -> str:
        self.number += 1
        value = f"QZ{self.number:05}VX"
        self.where[value] = where
        return value

    def uid(self, where: str) -> str:
        self.number += 1
        value = f"{UID_ROOT}{self.number}"
        self.where[value] = where
        return value

    def value(self, vr: str, where: str) -> str | None:
        """A value that `vr` allows (PS3.5 6.2); None for one that holds no text."""
        if vr in _AS_TEXT:
            return _AS_TEXT[vr](self.text(where))
        if vr == "UI":
            return self.uid(where)
        if vr in _AS_TIME:
            self.number += 1
            value = _AS_TIME[vr](self.number)
            self.timed[value.encode()] = where
            return value
        return "077Y" if vr == "AS" else None  # four characters can be no canary

    def plain_in(self, content: bytes) -> set[str]:
        """Where the canaries were planted that are in `content` as plain text."""
        found = {
            match.decode().upper() for match in (*_TEXT.findall(content), *_UID.findall(content))
        }
        return {self.where.get(name, f"an unknown one: {name}") for name in found}

    def leaks(self, content: bytes) -> set[str]:
        """Where the canaries that are in `content` were planted."""
        found: set[str] = set()
        for plain in _readings(content):
            found |= self.plain_in(plain)
            if _DIGITS.search(plain):
                found |= {where for value, where in self.timed.items() if value in plain}
        return found


def _readings(content: bytes) -> Iterator[bytes]:
    """`content` as it is, as UTF-16 of either byte order, and what it holds in base64."""
    for text in (content, content.replace(b"\0", b"")):
        yield text
        runs = _BASE64.findall(text)
        for start in range(4):  # what stands before it can be base64's letters, too
            decoded = b"\n".join(_decoded(run[start:]) for run in runs)
            yield decoded
            yield decoded.replace(b"\0", b"")


def _decoded(run: bytes) -> bytes:
    whole = run[: len(run) // 4 * 4].translate(bytes.maketrans(b"-_", b"+/"))
    rest = run[len(whole) :]
    if len(rest) > 1:
        whole += rest.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (4 - len(rest))
    return base64.b64decode(whole)


_AS_TEXT: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("AE", "CS", "SH", "LO"), lambda text: text),
    "PN": lambda text: f"{text}^Given={text}",
    **dict.fromkeys(("ST", "LT", "UT", "UC"), lambda text: f"Seen by {text}, again."),
    "UR": lambda text: f"https://{text.lower()}.example/{text}",
}
_AS_TIME: dict[str, Callable[[int], str]] = {
    "DA": lambda number: f"{_DAY + timedelta(days=number):%Y%m%d}",
    "TM": lambda number: f"031415.{number:06}",
    "DT": lambda number: f"{_DAY + timedelta(days=number):%Y%m%d}031415.{number:06}",
}


def plant(canaries: Canaries, dataset: Dataset, name: str) -> None:
    """A canary in every text attribute of the standard that `dataset` may have, in an item of
    every sequence, and in private attributes; what makes it an image stays."""
    for number, (vr, _, meaning, _, keyword) in sorted(DicomDictionary.items()):
        tag = Tag(number)
        if tag.group in (0x0000, 0x0002, 0x0004, 0xFFFE) or not keyword or keyword in STRUCTURE:
            continue
        where = f"{name}: {meaning}"
        for each in vr.split(" or "):
            value = canaries.value(each, where)
            if value is not None:
                dataset[tag] = DataElement(tag, each, value)
            elif each == "SQ" and keyword not in _RENDERED:
                deep = number % 16 == 0
                item = _item(canaries, where, deep=deep)
                dataset[tag] = DataElement(tag, "SQ", Sequence([item]))
    for number, vr in ((0x60000022, "LO"), (0x60001500, "LO"), (0x50000022, "LO")):
        dataset[number] = DataElement(number, vr, canaries.text(f"{name}: {number:08x}"))
    _plant_private(canaries, dataset, name)


def _item(canaries: Canaries, where: str, *, deep: bool) -> Dataset:
    item = Dataset()
    item.PatientName = canaries.value("PN", f"{where} > name")
    if deep:
        item.CodeMeaning = canaries.text(f"{where} > meaning")
        item.ReferencedSOPInstanceUID = canaries.uid(f"{where} > instance")
        item.RequestAttributesSequence = [_item(canaries, f"{where} > item", deep=False)]
    return item


def _plant_private(canaries: Canaries, dataset: Dataset, name: str) -> None:
    for group in (0x0009, 0x0019, 0x7FE1):
        where = f"{name}: private {group:04x}"
        creator = canaries.text(f"{where} creator")
        block = dataset.private_block(group, creator, create=True)
        for element, vr in enumerate(("LO", "SH", "PN", "UT", "DA", "UI", "UC", "CS")):
            block.add_new(element, vr, canaries.value(vr, f"{where} {vr}"))
        block.add_new(0x20, "OB", canaries.text(f"{where} OB").encode("utf-16-le"))
        block.add_new(0x21, "UN", canaries.text(f"{where} UN").encode())
        block.add_new(0x22, "SQ", [_item(canaries, f"{where} SQ", deep=True)])


def planted_meta(canaries: Canaries, syntax: str, name: str) -> FileMetaDataset:
    """File meta information with canaries (PS3.10 7.1), of this transfer syntax."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    for keyword in (
        "SourceApplicationEntityTitle",
        "SendingApplicationEntityTitle",
        "ReceivingApplicationEntityTitle",
        "ImplementationVersionName",
    ):
        setattr(meta, keyword, canaries.text(f"{name}: meta {keyword}"))
    meta.PrivateInformationCreatorUID = canaries.uid(f"{name}: meta private creator")
    meta.PrivateInformation = canaries.text(f"{name}: meta private").encode()
    return meta


def preamble(canaries: Canaries, name: str) -> bytes:
    """The 128 bytes before `DICM`."""
    return canaries.text(f"{name}: preamble").encode().ljust(128, b" ")
