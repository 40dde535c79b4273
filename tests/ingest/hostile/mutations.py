"""Files that were DICOM once: a seeded mutation of a good one, by what careless programs, broken
disks and ill will do to it.

The same corpus, seed and number give the same file, so a failure is made again by its name.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from radalike.imaging.formats import RASTER_SUFFIXES

_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT"})
_UNDEFINED = 0xFFFFFFFF
_TELLING = (0, 1, 2, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
_TELLING_LONG = (*_TELLING, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_ITEM = b"\xfe\xff\x00\xe0"
_SUFFIXES = RASTER_SUFFIXES | {".dcm", ".zip"}
_PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
_LARGEST = 320_000  # bytes of a file that is worth mutating thousands of times


@dataclass(frozen=True)
class Element:
    """Where an element of explicit VR lies: its tag, its length field (of `width` bytes), its
    value and its end, all from the beginning of the file."""

    tag: int
    length: int
    width: int
    value: int
    end: int


@dataclass(frozen=True)
class Original:
    """A good file, and where its elements are (none, where they cannot be told, or it is a picture
    or an archive)."""

    name: str
    data: bytes
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Mutant:
    name: str
    data: bytes


Mutation = Callable[[Original, random.Random], bytes]


def corpus(*folders: Path) -> list[Original]:
    """The DICOM files, pictures and archives of `folders` that are small enough, in an order that
    is the same everywhere; of those in one folder that are of one size (slices of a series), or
    have no pixels and are of about one size, the first."""
    found: dict[tuple[Path, str, bool, int], Original] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or not 0 < path.stat().st_size <= _LARGEST:
                continue
            data = path.read_bytes()
            if data[128:132] == b"DICM" or path.suffix in _SUFFIXES:
                name = path.relative_to(folder).as_posix()
                pixels = any(tag in data for tag in _PIXEL_DATA)
                alike = len(data) if pixels else len(data) // 1000
                original = Original(name, data, tuple(_elements(data)))
                found.setdefault((path.parent, path.suffix, pixels, alike), original)
    return list(found.values())


def mutants(originals: Sequence[Original], count: int, seed: int) -> Iterator[Mutant]:
    """`count` files; originals and mutations take turns, half of the files are mutated more than
    once."""
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        original = originals[number % len(originals)]
        first = _MUTATIONS[(number + number // len(originals)) % len(_MUTATIONS)]
        chosen = [first, *rng.choices(_MUTATIONS, k=rng.choice((0, 0, 1, 3)))]
        data = _renamed(original, number)
        for mutate in chosen:
            data = mutate(Original(original.name, data, tuple(_elements(data))), rng)
        suffix = Path(original.name).suffix
        suffix = suffix if suffix in _SUFFIXES else ".dcm"
        how = "+".join(each.__name__.strip("_") for each in chosen)
        yield Mutant(f"{number:05}-{how}{suffix}", data)


def _renamed(original: Original, number: int) -> bytes:
    """With a SOPInstanceUID of its own, where it can be told: else all but one would be conflicts
    of identity."""
    for element in original.elements:
        if element.tag == 0x00080018 and element.end - element.value > 12:
            return _replaced(original.data, element.end - 7, f"1{number:05}".encode())
    return original.data


def _elements(data: bytes) -> Iterator[Element]:
    """The elements of `data` as far as they can be told as explicit little endian; sequences and
    encapsulated pixels of undefined length are walked into."""
    at = 132 if data[128:132] == b"DICM" else 0
    while at + 8 <= len(data):
        group, number = struct.unpack_from("<HH", data, at)
        if group == 0xFFFE:
            size = struct.unpack_from("<I", data, at + 4)[0]
            inside = number == 0xE000 and size == _UNDEFINED
            yield Element(group << 16 | number, at + 4, 4, at + 8, at + 8)
            at += 8 if inside or number != 0xE000 else 8 + size
            continue
        kind = data[at + 4 : at + 6]
        if not kind.isalpha():
            return
        width, value = (4, at + 12) if kind in _LONG else (2, at + 8)
        if value > len(data):
            return
        size = int.from_bytes(data[value - width : value], "little")
        end = value if size == _UNDEFINED and width == 4 else value + size
        yield Element(group << 16 | number, value - width, width, value, min(end, len(data)))
        at = end


# -- mutations: (file, rng) → bytes ------------------------------------------------------------


def _flip_bytes(original: Original, rng: random.Random) -> bytes:
    data = bytearray(original.data)
    for _ in range(rng.choice((1, 4, 16, 256))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _flip_bits_of_the_header(original: Original, rng: random.Random) -> bytes:
    data = bytearray(original.data)
    for _ in range(rng.choice((1, 2, 8))):
        data[rng.randrange(min(len(data), 1500))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _flip_bytes_of_the_pixels(original: Original, rng: random.Random) -> bytes:
    data = bytearray(original.data)
    start = _pixels(original)
    for _ in range(rng.choice((1, 4, 64))):
        data[rng.randrange(start, len(data))] = rng.randrange(256)
    return bytes(data)


def _truncate(original: Original, rng: random.Random) -> bytes:
    return original.data[: rng.randrange(1, len(original.data) + 1)]


def _change_a_length(original: Original, rng: random.Random) -> bytes:
    element = _any(original, rng)
    if element is None:
        return _flip_bits_of_the_header(original, rng)
    size = rng.choice(_TELLING if element.width == 2 else _TELLING_LONG)
    if rng.random() < 0.5:
        near = int.from_bytes(original.data[element.length : element.value], "little")
        size = (near + rng.choice((-2, -1, 1, 2))) % (1 << (8 * element.width))
    return _replaced(original.data, element.length, size.to_bytes(element.width, "little"))


def _change_a_number(original: Original, rng: random.Random) -> bytes:
    """Of what says how the pixels are laid out (group 0028)."""
    numbers = [each for each in original.elements if each.tag >> 16 == 0x0028 and each.width == 2]
    if not numbers:
        return _flip_bits_of_the_header(original, rng)
    element = rng.choice(numbers)
    size = element.end - element.value
    if size == 2:
        return _replaced(original.data, element.value, struct.pack("<H", rng.choice(_TELLING)))
    text = rng.choice((b"-1", b"0", b"1e308", b"nan", b"999999999", b"\\", b"1\\2\\3", b""))
    return _replaced(original.data, element.value, text[:size].ljust(size))


def _change_a_tag(original: Original, rng: random.Random) -> bytes:
    element = _any(original, rng)
    if element is None:
        return _flip_bits_of_the_header(original, rng)
    header = 8 if element.width == 2 or element.tag >> 16 == 0xFFFE else 12
    tag = rng.choice(
        (rng.randrange(1 << 32), 0x7FE00010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0x52009229)
    )
    return _replaced(
        original.data, element.value - header, struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    )


def _swap_tags(original: Original, rng: random.Random) -> bytes:
    plain = [each for each in original.elements if each.tag >> 16 != 0xFFFE and each.width == 2]
    if len(plain) < 2:
        return _flip_bits_of_the_header(original, rng)
    one, other = (each.value - 8 for each in rng.sample(plain, 2))
    data = _replaced(original.data, one, original.data[other : other + 4])
    return _replaced(data, other, original.data[one : one + 4])


def _change_a_kind(original: Original, rng: random.Random) -> bytes:
    """The VR of an element."""
    plain = [each for each in original.elements if each.tag >> 16 != 0xFFFE]
    if not plain:
        return _flip_bits_of_the_header(original, rng)
    element = rng.choice(plain)
    kind = rng.choice((b"SQ", b"UN", b"OB", b"OW", b"US", b"IS", b"DS", b"PN", b"FD", b"AT", b"??"))
    return _replaced(original.data, element.value - (8 if element.width == 4 else 4), kind)


def _shuffle_fragments(original: Original, rng: random.Random) -> bytes:
    """Those of the pixel data; cut at the items, whatever they are."""
    start = _pixels(original)
    parts = original.data[start:].split(_ITEM)
    if len(parts) < 3:
        return _swap_blocks(original, rng)
    head, *fragments = parts
    rng.shuffle(fragments)
    if rng.random() < 0.3:
        fragments.pop()
    return original.data[:start] + _ITEM.join([head, *fragments])


def _swap_blocks(original: Original, rng: random.Random) -> bytes:
    data = original.data
    first, second, third = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    return data[:first] + data[second:third] + data[first:second] + data[third:]


def _repeat_a_block(original: Original, rng: random.Random) -> bytes:
    data = original.data
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((1, 2, 8, 64, 1024)))
    return data[:end] + data[start:end] * rng.choice((1, 2, 64)) + data[end:]


def _drop_a_block(original: Original, rng: random.Random) -> bytes:
    data = original.data
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 2, 8, 64, 1024)) :] or b"\0"


def _drop_an_element(original: Original, rng: random.Random) -> bytes:
    plain = [each for each in original.elements if each.tag >> 16 != 0xFFFE]
    if not plain:
        return _drop_a_block(original, rng)
    element = rng.choice(plain)
    start = element.value - (8 if element.width == 2 else 12)
    return original.data[:start] + original.data[element.end :] or b"\0"


def _change_the_syntax(original: Original, rng: random.Random) -> bytes:
    """The pixel data, or the dataset, is said to be of another transfer syntax."""
    names = [each for each in original.elements if each.tag == 0x00020010]
    if not names:
        return _flip_bits_of_the_header(original, rng)
    element = names[0]
    size = element.end - element.value
    endings = ("", ".1", ".2", ".5", ".1.99", ".4.50", ".4.51", ".4.57", ".4.70", ".4.80")
    more = (".4.81", ".4.90", ".4.91", ".4.92", ".4.100", ".4.201", ".4.203", ".8.1")
    name = f"1.2.840.10008.1.2{rng.choice(endings + more)}".encode()
    return _replaced(original.data, element.value, name[:size].ljust(size, b"\0"))


_MUTATIONS: tuple[Mutation, ...] = (
    _flip_bytes,
    _flip_bits_of_the_header,
    _flip_bytes_of_the_pixels,
    _truncate,
    _change_a_length,
    _change_a_number,
    _change_a_tag,
    _swap_tags,
    _change_a_kind,
    _shuffle_fragments,
    _swap_blocks,
    _repeat_a_block,
    _drop_a_block,
    _drop_an_element,
    _change_the_syntax,
)


def _pixels(original: Original) -> int:
    """Where the pixel data begins; somewhere in the file, when it has none."""
    for element in original.elements:
        if element.tag == 0x7FE00010 and element.value < len(original.data):
            return element.value
    return len(original.data) // 2


def _any(original: Original, rng: random.Random) -> Element | None:
    return rng.choice(original.elements) if original.elements else None


def _replaced(data: bytes, start: int, new: bytes) -> bytes:
    return data[:start] + new + data[start + len(new) :]
