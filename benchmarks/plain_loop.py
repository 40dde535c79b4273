"""Embedding a folder of images the way research code does it: `FOLDER COUNT STORE`.

A DataLoader with one worker a core, the model as its library gives it in float32, one HDF5 dataset
per image named by its path. Prints images a second, from the first to the last.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from benchmarks.machine import cores
from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.loaders import load_module


class Images(Dataset[Any]):
    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, row: int) -> tuple[str, Any]:
        picture = Image.open(self._files[row]).convert("RGB")
        pixels = np.asarray(picture.resize((224, 224), Image.Resampling.BICUBIC)).copy()
        tensor = torch.from_numpy(pixels).permute(2, 0, 1).float()
        return str(self._files[row]), (tensor / 255 - 0.5) / 0.5


def plain_loop(files: list[Path], store: Path) -> float:
    """Images a second."""
    model = load_module(EFFICIENTNET_LITE0)
    started = time.perf_counter()
    with h5py.File(store, "w") as file, torch.no_grad():
        for names, batch in DataLoader(Images(files), batch_size=32, num_workers=cores()):
            features = torch.nn.functional.normalize(model(batch), dim=1).numpy()
            for name, vector in zip(names, features, strict=True):
                file.create_dataset(name, data=vector)
    return len(files) / (time.perf_counter() - started)


if __name__ == "__main__":
    folder, count, store = sys.argv[1:]
    print(plain_loop(sorted(Path(folder).iterdir())[: int(count)], Path(store)))
