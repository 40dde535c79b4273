"""Embeddings that were computed elsewhere, brought into a library, and a library's brought out.

The files are the study's (Denner et al. 2024): one HDF5 file per data set and model with one 1-D
float32 data set per image, named by its `filepath`, and a manifest CSV that describes the images.
"""
