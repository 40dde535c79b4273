"""DICOMweb: QIDO-RS lists studies and instances, WADO-RS gives them (DICOM PS3.18 §10)."""
