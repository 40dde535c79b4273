"""How sure the numbers are: intervals, paired comparisons and their correction.

A patient has several images, and they fail together. So everything here draws, or flips, whole
patients: what is independent is the patient, not the image.
"""
