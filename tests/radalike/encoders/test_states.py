"""Weight files are read as plain tensors, and matched with a model's own, each named."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

import pytest
import torch

from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.states import fill, match_by_position, names_in, read_state, uninitialised
from radalike.errors import EncoderError, WeightsMismatch


def test_both_formats_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = {"b": torch.arange(3.0), "a": torch.ones(2, 2)}
    torch.save(state, tmp_path / "state.pth")
    save_file(state, tmp_path / "state.safetensors")
    for name in ("state.pth", "state.safetensors"):
        read = read_state(tmp_path / name)
        assert read.keys() == state.keys()
        assert all(torch.equal(read[key], state[key]) for key in state)


class Planted:
    """An object whose unpickling runs a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_code_in_weights_is_not_run(tmp_path: Path) -> None:
    torch.save({"weight": Planted(tmp_path / "ran")}, tmp_path / "state.pth")
    with suppress(UnpicklingError, EncoderError):
        read_state(tmp_path / "state.pth")
    assert not (tmp_path / "ran").exists()


def test_a_file_with_code_is_refused_by_name(tmp_path: Path) -> None:
    torch.save({"weight": Planted(tmp_path / "ran")}, tmp_path / "state.pth")
    with pytest.raises(
        WeightsMismatch, match=r"state\.pth holds code: reading it would call getattr"
    ):
        read_state(tmp_path / "state.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("kind", ["int8", "uint8", "float8_e4m3fn", "complex64"])
def test_weights_that_are_quantised_are_refused_by_name(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    """They would be read as weights of another size, in silence."""
    from safetensors.torch import save_file

    state = {"a": torch.ones(2, 2), "b": torch.ones(2, 2).to(getattr(torch, kind))}
    path = tmp_path / f"state{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        save_file(state, path)
    with pytest.raises(WeightsMismatch, match=f"tensor b holds {kind}") as caught:
        read_state(path)
    assert caught.value.data["tensor"] == "b"
    assert "quantised" in caught.value.hint


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32", "float64", "int64", "bool"])
def test_plain_numbers_are_read(kind: str, tmp_path: Path) -> None:
    state = {"a": torch.ones(2, 2).to(getattr(torch, kind))}
    torch.save(state, tmp_path / "state.pth")
    assert read_state(tmp_path / "state.pth")["a"].dtype == getattr(torch, kind)


def test_a_data_parallel_state_is_read_from_both_formats(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = {"module.a": torch.ones(2), "module.b": torch.ones(3)}
    torch.save(state, tmp_path / "state.pth")
    save_file(state, tmp_path / "state.safetensors")
    for name in ("state.pth", "state.safetensors"):
        assert read_state(tmp_path / name).keys() == {"a", "b"}


@pytest.mark.parametrize("suffix", [".bin", ".safetensors"])
def test_a_pointer_of_git_lfs_is_known(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(WeightsMismatch) as caught:
        read_state(path)
    assert "git lfs pull" in caught.value.hint


@pytest.mark.filterwarnings("error")
def test_formats_of_plain_pickle_are_refused_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "state.pkl"
    path.write_bytes(pickle.dumps({"weight": Planted(tmp_path / "ran")}, protocol=5))
    with pytest.raises(WeightsMismatch):
        read_state(path)
    assert not (tmp_path / "ran").exists()


def test_a_state_dict_can_have_any_name(tmp_path: Path) -> None:
    """torch names the folder in the archive after the file; `code` is a folder of TorchScript's."""
    torch.save({"weight": torch.ones(2)}, tmp_path / "code.pt")
    assert read_state(tmp_path / "code.pt").keys() == {"weight"}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"junk" * 100])
def test_a_file_that_holds_no_weights(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"state{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsMismatch):
        read_state(path)


@pytest.mark.parametrize("key", ["state_dict_ema", "model_ema", "teacher", "state_dict", "model"])
def test_the_weights_of_a_training_checkpoint(key: str, tmp_path: Path) -> None:
    state = {"module.a": torch.ones(2), "module.b.module.c": torch.zeros(1)}
    torch.save({"epoch": 3, "optimizer": {"state": {}}, key: state}, tmp_path / "state.pth")
    assert list(read_state(tmp_path / "state.pth")) == ["a", "b.module.c"]


@pytest.mark.parametrize("average", ["state_dict_ema", "model_ema", "teacher"])
def test_the_average_over_training_before_the_last_step(average: str, tmp_path: Path) -> None:
    checkpoint = {"state_dict": {"a": torch.zeros(1)}, average: {"a": torch.ones(1)}}
    torch.save(checkpoint, tmp_path / "state.pth")
    assert torch.equal(read_state(tmp_path / "state.pth")["a"], torch.ones(1))


def test_a_module_of_the_model_s_own_is_no_prefix(tmp_path: Path) -> None:
    state = {"module.a": torch.ones(2), "b": torch.zeros(1)}
    torch.save(state, tmp_path / "state.pth")
    assert read_state(tmp_path / "state.pth").keys() == state.keys()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "has no tensors"),
        ([1, 2], "has no tensors"),
        (torch.zeros(2), "has no tensors"),
        ({"a": torch.zeros(1), "epoch": 3}, "has 'epoch', which is no tensor"),
        ({"optimizer": {"a": torch.zeros(1)}}, "has 'optimizer', which is no tensor"),
    ],
)
def test_what_is_no_state_dict(content: object, said: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "state.pth")
    with pytest.raises(WeightsMismatch, match=said):
        read_state(tmp_path / "state.pth")


def test_a_module_as_a_whole_is_code(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pth")
    with pytest.raises(WeightsMismatch, match=r"module\.pth holds code"):
        read_state(tmp_path / "module.pth")


@pytest.mark.parametrize("suffix", [".pt", ".bin"])
def test_a_torchscript_archive_is_code(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(WeightsMismatch, match="is a TorchScript archive, which is code") as caught:
        read_state(path)
    assert "state_dict()" in caught.value.hint


def test_the_older_format_of_torch(tmp_path: Path) -> None:
    path = tmp_path / "state.pth"
    torch.save({"a": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(read_state(path)["a"], torch.ones(2))


def test_a_cut_file(tmp_path: Path) -> None:
    path = tmp_path / "state.pth"
    torch.save({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsMismatch):
        read_state(path)


def made_with_buffers() -> torch.nn.Module:
    norm = torch.nn.BatchNorm2d(4)
    norm.register_buffer("positions", torch.arange(4).float().mul_(2).add_(1), persistent=False)
    return torch.nn.Sequential(torch.nn.Linear(64, 64), norm)


def test_no_time_is_lost_on_random_weights() -> None:
    """What is computed, and is in no checkpoint, stays; what was drawn is not."""
    torch.manual_seed(0)
    drawn = torch.get_rng_state()
    with uninitialised():
        model = made_with_buffers()
    assert torch.equal(torch.get_rng_state(), drawn)
    expected = made_with_buffers()
    assert torch.equal(model[1].positions, expected[1].positions)  # type: ignore[index]
    assert torch.equal(model[1].running_var, torch.ones(4))  # type: ignore[index]
    fill(EFFICIENTNET_LITE0, model, expected.state_dict())
    assert torch.equal(model[0].weight, expected[0].weight)  # type: ignore[index]
    assert not torch.equal(torch.get_rng_state(), drawn)


def test_tensors_are_matched_by_position() -> None:
    expected = {"stem.weight": torch.zeros(2, 3), "head.bias": torch.zeros(2)}
    found = {"_stem.w": torch.ones(2, 3), "_head.b": torch.ones(2)}
    matched = match_by_position(EFFICIENTNET_LITE0, expected, found)
    assert list(matched) == ["stem.weight", "head.bias"]
    assert matched["head.bias"] is found["_head.b"]


def test_equal_names_are_kept_whatever_their_order() -> None:
    expected = {"a": torch.zeros(2), "b": torch.zeros(2)}
    found = {"b": torch.ones(2), "a": torch.zeros(2)}
    matched = match_by_position(EFFICIENTNET_LITE0, expected, found)
    assert matched["b"] is found["b"]


@pytest.mark.parametrize("name", ["_a", "a"])
def test_another_shape_is_refused(name: str) -> None:
    expected = {"a": torch.zeros(2, 3), "b": torch.zeros(2)}
    found = {name: torch.zeros(3, 2), "b": torch.zeros(2)}
    with pytest.raises(WeightsMismatch, match=r"has shape \(3, 2\), a needs \(2, 3\)"):
        match_by_position(EFFICIENTNET_LITE0, expected, found)


def test_another_number_of_tensors_is_refused() -> None:
    with pytest.raises(WeightsMismatch, match="1 tensors in the file, 2 in the model"):
        match_by_position(
            EFFICIENTNET_LITE0,
            {"a": torch.zeros(1), "b": torch.zeros(1)},
            {"x": torch.zeros(1)},
        )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"weight": torch.ones(2, 3)}, "tensor bias is not in the checkpoint"),
        ({"weight": torch.ones(3, 2), "bias": torch.ones(2)}, r"tensor weight has shape \(3, 2\)"),
        (
            {"weight": torch.ones(2, 3), "bias": torch.ones(2), "head": torch.ones(1)},
            "tensor head is in the checkpoint, and not in the model",
        ),
    ],
)
def test_the_first_tensor_that_differs_is_named(found: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(WeightsMismatch, match=said):
        fill(EFFICIENTNET_LITE0, torch.nn.Linear(3, 2), found)


def test_it_has_its_name_in_the_file() -> None:
    file = {"encoder.w": torch.ones(3, 2), "encoder.b": torch.ones(2), "encoder.c": torch.ones(1)}
    found = {"weight": file["encoder.w"], "bias": file["encoder.b"]}
    with pytest.raises(WeightsMismatch, match=r"tensor encoder\.w has shape"):
        fill(EFFICIENTNET_LITE0, torch.nn.Linear(3, 2), found, names_in(file))
    found = {"weight": torch.ones(2, 3), "bias": file["encoder.b"], "head": file["encoder.c"]}
    with pytest.raises(WeightsMismatch, match=r"tensor encoder\.c is in the checkpoint") as caught:
        fill(EFFICIENTNET_LITE0, torch.nn.Linear(3, 2), found, names_in(file))
    assert caught.value.data["tensor"] == "encoder.c"


def test_all_that_fits_is_loaded() -> None:
    model = torch.nn.Linear(3, 2)
    fill(EFFICIENTNET_LITE0, model, {"weight": torch.ones(2, 3), "bias": torch.zeros(2)})
    assert torch.equal(model.weight, torch.ones(2, 3))
