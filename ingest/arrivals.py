"""From a decoded file to records of the library: identity, pseudonyms, sealed locators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.decoding.messages import Decoded, DecodedFrame
from ingest.sources.source import SourceItem
from radalike.catalog.store import Item
from radalike.library.privacy.pseudonyms import Privacy, public_identity
from radalike.library.writing.writer import NewImage, NewItem
from radalike.records import Identity, ImageRecord, Metadata

if TYPE_CHECKING:
    from radalike.library import Library


def new_item(library: Library, item: SourceItem, key: str, decoded: Decoded) -> NewItem:
    """`decoded` as the writer takes it; no identifier of the file is left in it."""
    privacy = library.privacy
    metadata = _metadata(library, item, decoded)
    sealed = privacy.seal(item.uri) if item.filepath is None else None
    # A manifest's word stands, whatever the file says: there is nothing to read it from again.
    own = decoded.evidence if item.metadata is None else None
    evidence = privacy.seal(own) if own is not None else None
    ids = [_image_id(privacy, item, decoded, frame) for frame in decoded.frames]
    images = tuple(
        NewImage(
            ImageRecord(
                id=image,
                content=frame.content,
                metadata=metadata,
                width=frame.width,
                height=frame.height,
                frame=frame.number,
                filepath=item.filepath,
                locator=sealed,
                evidence=evidence,
                identity=library.identities.seal(image, decoded.kept) if decoded.kept else None,
                warnings=frame.warnings,
            ),
            frame.prepared,
            frame.thumbnail,
        )
        for image, frame in zip(ids, decoded.frames, strict=True)
    )
    done = Item(key, item.size, item.modified_ns, "added", len(images), metadata.patient)
    return NewItem(done, images, item.dataset, item.filepath, sealed)


def patient_of(library: Library, item: SourceItem, identity: Identity | None) -> str | None:
    """The pseudonym of the patient that a rejected file is of, as far as anybody says so."""
    if item.metadata is not None:
        given = item.metadata
        return _pseudonym(library.privacy, "patient", given.dataset, given.patient)
    if identity is None:
        return None
    library.issuers.note(identity.issuer)
    return library.privacy.patient(identity.issuer, identity.patient, identity.study)


def _image_id(privacy: Privacy, item: SourceItem, decoded: Decoded, frame: DecodedFrame) -> str:
    """DICOM: instance and frame. Raster: data set and path, public or keyed."""
    if item.filepath is not None:
        name = item.filepath if frame.number == 0 else f"{item.filepath}#{frame.number}"
        return public_identity(item.dataset, name)
    if decoded.identity is not None and decoded.identity.instance:
        return privacy.identity("instance", decoded.identity.instance, str(frame.number))
    return privacy.identity("file", item.dataset, item.uri, str(frame.number))


def _metadata(library: Library, item: SourceItem, decoded: Decoded) -> Metadata:
    """A manifest's row where there is one, else the file's own; pseudonyms instead of ids."""
    given, privacy = item.metadata, library.privacy
    if given is not None:
        return replace(
            given,
            patient=_pseudonym(privacy, "patient", given.dataset, given.patient),
            study=_pseudonym(privacy, "study", given.dataset, given.study),
            series=_pseudonym(privacy, "series", given.dataset, given.series),
        )
    own = decoded.metadata or Metadata(dataset=item.dataset)
    if decoded.identity is None:
        return own
    library.issuers.note(decoded.identity.issuer)
    return _with_pseudonyms(privacy, own, decoded.identity)


def _with_pseudonyms(privacy: Privacy, metadata: Metadata, identity: Identity) -> Metadata:
    return replace(
        metadata,
        patient=privacy.patient(identity.issuer, identity.patient, identity.study),
        study=_pseudonym(privacy, "study", "", identity.study),
        series=_pseudonym(privacy, "series", "", identity.series),
    )


def _pseudonym(privacy: Privacy, kind: str, scope: str, value: str | None) -> str | None:
    return privacy.pseudonym(kind, scope, value) if value else None
