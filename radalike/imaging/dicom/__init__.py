"""DICOM: from the bytes of a file to pixels and what is known of them. `image` is the way in."""
