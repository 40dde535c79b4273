"""The bad inputs of the field notes, by their number there, and what must become of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from radalike.errors import RejectCode
from radalike.records import Pixels
from tests.ingest.hostile import attributes as attr
from tests.ingest.hostile import codestreams, containers, headers, identifiers

ADDED, SKIPPED = "added", "skipped"


@dataclass(frozen=True)
class Expected:
    """One of `outcomes` (ADDED, SKIPPED or the code of a reject); of an image also a warning that
    its record has, and the pixels it shows (one of `shown`, where there are any)."""

    outcomes: frozenset[str]
    warning: str | None = None
    shown: tuple[Pixels, ...] = ()


@dataclass(frozen=True)
class Case:
    """A hostile file: `plant` makes it at a path; `members` says what becomes of the members of
    an archive, by name, and `expected` of the file itself (None: it is a mere container)."""

    number: int
    name: str
    plant: Callable[[Path], object]
    expected: Expected | None
    file: str = "file.dcm"
    members: Mapping[str, Expected] = field(default_factory=dict)

    def path(self, root: Path) -> Path:
        return root / f"{self.number:02}-{self.name.replace(' ', '-')}" / self.file


def _write(content: Callable[[], bytes], path: Path) -> None:
    path.write_bytes(content())


def _is(*outcomes: str) -> Expected:
    return Expected(frozenset(outcomes))


def _case(number: int, name: str, content: Callable[[], bytes], *outcomes: str) -> Case:
    return Case(number, name, partial(_write, content), _is(*outcomes))


def _image(
    number: int,
    name: str,
    content: Callable[[], bytes],
    *shown: Pixels,
    warning: str | None = None,
) -> Case:
    expected = Expected(frozenset({ADDED}), warning, shown)
    return Case(number, name, partial(_write, content), expected)


def _windowless(name: str, content: Callable[[], bytes]) -> Case:
    return _image(19, name, content, attr.BLACK_AND_WHITE, warning="percentile-window")


def _archive(name: str, plant: Callable[[Path], None], member: str, *outcomes: str) -> Case:
    members = {member: _is(*outcomes), containers.GOOD_MEMBER: _is(ADDED)}
    return Case(25, name, plant, None, "file.zip", members)


def _cases() -> Iterator[Case]:
    code = RejectCode
    yield _case(1, "empty", headers.empty, code.NOT_DICOM)
    yield _case(1, "preamble alone", headers.preamble_alone, code.NOT_DICOM)
    yield _case(2, "PNG named dcm", headers.png, ADDED, code.NOT_DICOM)
    yield _image(3, "no preamble", headers.without_preamble, warning="no-preamble")
    yield _image(3, "no header", headers.without_header, warning="no-preamble")
    yield _case(4, "PE preamble", headers.windows_program, code.QUARANTINED)
    yield _case(4, "ELF preamble", headers.linux_program, code.QUARANTINED)
    yield _case(5, "header cut", headers.header_cut, code.TRUNCATED)
    yield _case(6, "pixels halved", headers.pixels_halved, code.TRUNCATED)
    yield _case(7, "endless pixels", headers.endless_pixels, code.TRUNCATED, ADDED)  # all are there
    yield _case(7, "endless pixels cut", headers.endless_pixels_cut, code.TRUNCATED)
    yield _case(8, "vast frames", headers.vast_frames, code.RESOURCE_LIMIT)
    yield _case(
        8,
        "vast number of frames",
        headers.vast_number_of_frames,
        code.RESOURCE_LIMIT,
        code.TRUNCATED,
    )
    yield _case(9, "J2K over the cap", codestreams.jpeg_2000_over_the_cap, code.RESOURCE_LIMIT)
    yield _case(
        9,
        "J2K under the cap",
        codestreams.jpeg_2000_under_the_cap,
        code.PIXEL_DECODE,
        code.TRUNCATED,
        code.RESOURCE_LIMIT,
    )
    yield _case(
        10,
        "J2K larger than its header",
        codestreams.jpeg_2000_larger_than_its_header,
        code.INVALID_ATTRIBUTES,
    )
    yield _case(11, "JPEG 30000", codestreams.jpeg_of_30000, code.RESOURCE_LIMIT)
    yield _case(
        11,
        "JPEG 30000 larger than its header",
        codestreams.jpeg_of_30000_larger_than_its_header,
        code.RESOURCE_LIMIT,
    )
    yield _case(12, "RLE bomb", codestreams.rle_bomb, code.RESOURCE_LIMIT)
    yield _case(
        12,
        "RLE bomb larger than its header",
        codestreams.rle_bomb_larger_than_its_header,
        code.RESOURCE_LIMIT,
    )
    yield _case(13, "deflate bomb", codestreams.deflate_bomb, code.RESOURCE_LIMIT)
    for depth in (200, 500_000):
        for name, make in (
            ("closed", headers.nested),
            ("open", headers.nested_and_open),
            ("as unknown", headers.nested_as_unknown),
            ("implicit", headers.nested_implicit),
        ):
            deep = partial(make, depth)
            yield _case(14, f"{depth} deep {name}", deep, code.RESOURCE_LIMIT)
    with_lengths = partial(headers.nested_with_lengths, 200)
    yield _case(14, "200 deep with lengths", with_lengths, code.RESOURCE_LIMIT)
    yield _image(14, "60 deep", partial(headers.nested, 60))
    for name, make_rle in (
        ("RLE with too few fragments", codestreams.rle_with_too_few_fragments),
        ("RLE with too few segments", codestreams.rle_with_too_few_segments),
        ("RLE that ends early", codestreams.rle_that_ends_early),
        ("RLE shorter than its header", codestreams.rle_shorter_than_its_header),
    ):
        yield _case(15, name, make_rle, code.PIXEL_DECODE)
    yield _case(16, "garbage J2K", codestreams.garbage_jpeg_2000, code.PIXEL_DECODE)
    yield _case(16, "garbage JLS", codestreams.garbage_jpeg_ls, code.PIXEL_DECODE)
    yield _case(16, "garbage JPEG", codestreams.garbage_jpeg_lossless, code.PIXEL_DECODE)
    yield _case(
        16,
        "garbage in J2K",
        codestreams.garbage_after_a_jpeg_2000_header,
        code.PIXEL_DECODE,
        ADDED,  # a codestream may end early or be noise, and still be one
    )
    yield _image(16, "whole lossless JPEG", codestreams.lossless_jpeg)
    for name, make_strays in (
        ("strays in JPEG", codestreams.strays_in_jpeg),
        ("strays in lossless JPEG", codestreams.strays_in_lossless_jpeg),
        ("strays in 12-bit JPEG", codestreams.strays_in_twelve_bit_jpeg),
    ):
        yield _case(16, name, make_strays, code.PIXEL_DECODE, ADDED)
    yield _case(
        16,
        "lossless JPEG of fewer bits",
        codestreams.lossless_jpeg_of_fewer_bits,
        code.PIXEL_DECODE,
        code.INVALID_ATTRIBUTES,
        ADDED,
    )
    yield _case(
        16,
        "whole 12-bit JPEG",
        codestreams.twelve_bit_jpeg,
        ADDED,
        code.UNSUPPORTED_TRANSFER_SYNTAX,
    )
    for name, make_component in (
        ("J2K of 72 bits", codestreams.jpeg_2000_of_72_bits),
        ("J2K of no step", codestreams.jpeg_2000_of_no_step),
        ("J2K of no tiles", codestreams.jpeg_2000_of_no_tiles),
    ):
        yield _case(16, name, make_component, code.PIXEL_DECODE, code.INVALID_ATTRIBUTES)
    yield _case(17, "MPEG-4", codestreams.film, code.UNSUPPORTED_TRANSFER_SYNTAX)
    yield _case(
        17, "deflated frames", codestreams.deflated_frames, code.UNSUPPORTED_TRANSFER_SYNTAX
    )
    yield _case(18, "report", attr.report, SKIPPED)
    yield _case(18, "treatment plan", attr.treatment_plan, SKIPPED)
    yield _case(18, "PDF", attr.document, SKIPPED)
    yield _windowless("window of no width", attr.window_of_no_width)
    yield _windowless("window of negative width", attr.window_of_negative_width)
    yield _windowless("window without width", attr.window_without_width)
    yield _windowless("two centres and one width", attr.two_centres_and_one_width)
    yield _windowless("window that is no number", attr.window_that_is_no_number)
    yield _windowless("bogus window function", attr.bogus_window_function)
    yield _image(19, "no window", attr.no_window, attr.BLACK_AND_WHITE)
    for name, make_numbers in (
        ("slope 1e308", attr.endless_slope),
        ("slope NaN", attr.slope_that_is_no_number),
        ("NaN pixels", attr.pixels_that_are_no_numbers),
        ("endless pixels", attr.endless_pixel_values),
    ):
        yield _case(20, name, make_numbers, code.INVALID_ATTRIBUTES)
    for name, make_shape in (
        ("rows 0", attr.no_rows),
        ("bits stored over allocated", attr.more_bits_than_there_are),
        ("bits 0", attr.no_bits),
        ("frames -1", attr.negative_frames),
        ("frames no number", attr.frames_that_are_no_number),
        ("samples 0", attr.samples_of_nothing),
    ):
        yield _case(21, name, make_shape, code.INVALID_ATTRIBUTES)
    yield _case(21, "frames 0", attr.no_frames, code.INVALID_ATTRIBUTES, ADDED)
    for name, make_region in (
        ("region of unknown kind", attr.region_of_unknown_kind),
        ("region outside", attr.region_outside),
        ("region turned round", attr.region_turned_round),
    ):
        yield _image(21, name, make_region)
    yield _case(22, "palette without table", attr.palette_without_table, code.INVALID_ATTRIBUTES)
    yield _image(22, "palette short", attr.palette_with_a_short_table, attr.IN_COLOUR)
    yield _case(22, "palette cut", attr.palette_with_a_cut_table, code.INVALID_ATTRIBUTES, ADDED)
    for bits in (8, 16):
        big = partial(attr.palette_in_big_endian, bits)
        yield _image(22, f"palette big endian {bits}", big, attr.IN_COLOUR)
    yield _case(23, "same instance", partial(identifiers.clash, 2), code.IDENTITY_CONFLICT)
    yield _image(24, "identifiers that climb", identifiers.identifiers_that_climb)
    yield _image(24, "markup", identifiers.names_with_markup)
    yield _image(24, "escapes", identifiers.names_with_escapes)
    yield _image(24, "bogus character set", identifiers.bogus_character_set)
    for study in ("1.2.3.1", "1.2.3.2"):
        yield _image(24, f"nobody in {study}", partial(identifiers.nobody_s, study))
    yield _image(24, "nobody at all", identifiers.nobody_s_and_no_study_s)
    yield _image(24, "no instance", identifiers.no_instance)
    yield _image(24, "attributes of another kind", identifiers.attributes_of_another_kind)
    quoted = (code.INVALID_ATTRIBUTES, code.RESOURCE_LIMIT)
    yield _case(24, "date for rows", identifiers.date_for_rows, *quoted)
    climbs = containers.directory_that_climbs
    yield Case(25, "DICOMDIR that climbs", climbs, _is(SKIPPED), "DICOMDIR")
    yield Case(25, "link out", containers.link_out, _is(code.PATH_ESCAPE))
    yield Case(25, "pipe", containers.pipe, _is(code.UNREADABLE))
    slip = (code.PATH_ESCAPE,)
    yield _archive("ZIP climbing", containers.climbing_member, "../../evil.dcm", *slip)
    yield _archive("ZIP absolute", containers.absolute_member, "/tmp/evil.dcm", *slip)
    yield _archive("ZIP drive", containers.drive_member, "C:\\evil.dcm", *slip)
    yield _archive("ZIP bomb", containers.bomb, "bomb.dcm", code.RESOURCE_LIMIT)
    yield _archive("ZIP lying", containers.lying_member, "lying.dcm", code.RESOURCE_LIMIT)
    yield _archive("ZIP nested", containers.nested_archive, "inner.zip", code.RESOURCE_LIMIT)
    yield _archive("ZIP corrupt", containers.corrupt_member, "corrupt.dcm", code.TRUNCATED)
    yield _archive("ZIP encrypted", containers.encrypted_member, "secret.dcm", code.UNREADABLE)
    yield Case(25, "ZIP truncated", containers.truncated_archive, _is(code.TRUNCATED), "file.zip")


CASES = tuple(_cases())
