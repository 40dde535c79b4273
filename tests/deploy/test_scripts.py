"""The shell scripts: deploy/demo.sh and .ci/run, with stand-ins for what they call."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

# A `radalike` that only remembers how it was called, and writes one CT of the head for a sample.
STAND_IN = """\
#!{python}
import sys
from pathlib import Path
with open({calls!r}, "a") as file:
    print(*sys.argv[1:], sep="\\t", file=file)
if sys.argv[1] == {failing!r}:
    sys.exit(3)
if sys.argv[1] == "sample":
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
    path = Path(sys.argv[2], "DICOM", "IM0001")
    path.parent.mkdir(parents=True)
    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID = SecondaryCaptureImageStorage
    header.SOPInstanceUID = "2.25.1"
    header.Modality, header.BodyPartExamined = "CT", {region!r}
    header.save_as(path, enforce_file_format=True)
"""


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def run(
    command: Sequence[str | Path], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.parametrize(("shell", "script"), [("sh", "deploy/demo.sh"), ("bash", ".ci/run")])
def test_scripts_parse(root: Path, shell: str, script: str) -> None:
    subprocess.run([shell, "-n", root / script], check=True)


class TestDemo:
    @pytest.fixture
    def demo(self, root: Path, tmp_path: Path) -> Callable[..., tuple[int, list[list[str]], str]]:
        """Runs the demonstration with stand-ins: exit code, calls of `radalike`, and output."""
        calls = tmp_path / "calls"

        def once(
            *, serve: str = "0", failing: str = "", region: str = "HEAD"
        ) -> tuple[int, list[list[str]], str]:
            binaries = tmp_path / "bin"
            binaries.mkdir(exist_ok=True)
            calls.write_text("")
            stand_in = STAND_IN.format(
                python=sys.executable, calls=str(calls), failing=failing, region=region
            )
            program(binaries / "radalike", stand_in)
            program(binaries / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            done = run(
                ["sh", root / "deploy" / "demo.sh"],
                {
                    "PATH": "/usr/bin:/bin",
                    "BIN": str(binaries),
                    "DEMO": str(tmp_path / "the demo"),
                    "PORT": "8765",
                    "SERVE": serve,
                },
            )
            called = [line.split("\t") for line in calls.read_text().splitlines()]
            return done.returncode, called, done.stdout + done.stderr

        return once

    def test_it_ingests_the_sample_and_real_files_and_searches(
        self, demo: Callable[..., tuple[int, list[list[str]], str]], tmp_path: Path
    ) -> None:
        code, called, output = demo()
        assert code == 0, output
        assert [call[0] for call in called] == ["sample", "sample", "ingest", "search"]
        ingest, search = called[2:]
        folders = [Path(word) for word in ingest[1:3]]
        assert folders[0] == tmp_path / "the demo" / "pacs-export"
        assert (folders[1] / "CT_small.dcm").is_file()
        assert Path(search[1]).is_file()
        assert folders[0] not in Path(search[1]).parents, "the query is not in the library"
        assert "not a medical device" in output

    def test_a_second_time_it_keeps_the_samples(
        self, demo: Callable[..., tuple[int, list[list[str]], str]]
    ) -> None:
        demo()
        code, called, output = demo()
        assert code == 0, output
        assert [call[0] for call in called] == ["ingest", "search"]

    def test_a_sample_that_was_cut_short_is_made_again(
        self, demo: Callable[..., tuple[int, list[list[str]], str]], tmp_path: Path
    ) -> None:
        assert demo(failing="sample")[0] == 3
        half = tmp_path / "the demo" / "pacs-export.part"
        half.mkdir()
        (half / "DICOM").mkdir()
        assert demo()[0] == 0
        assert not half.exists()

    def test_it_ends_with_the_page_on_the_port(
        self, demo: Callable[..., tuple[int, list[list[str]], str]], tmp_path: Path
    ) -> None:
        code, called, output = demo(serve="1")
        assert code == 0, output
        library = str(tmp_path / "the demo" / "library")
        assert called[-1] == ["ui", "--port", "8765", "--library", library]
        assert "http://127.0.0.1:8765" in output

    @pytest.mark.parametrize("failing", ["ingest", "search"])
    def test_it_stops_where_something_fails(
        self, demo: Callable[..., tuple[int, list[list[str]], str]], failing: str
    ) -> None:
        code, called, _output = demo(serve="1", failing=failing)
        assert code == 3
        assert called[-1][0] == failing

    def test_it_says_when_there_is_nothing_to_ask_about(
        self, demo: Callable[..., tuple[int, list[list[str]], str]]
    ) -> None:
        code, _called, output = demo(region="HAND")
        assert code == 1
        assert "no CT of the head" in output

    def test_its_commands_exist(
        self, root: Path, complaints: Callable[[Sequence[str]], list[str]]
    ) -> None:
        text = (root / "deploy" / "demo.sh").read_text()
        lines = re.findall(r'^\s*(?:exec )?("\$BIN/radalike" [^>\n]*)', text, re.MULTILINE)
        assert len(lines) == 4
        assert [complaints(shlex.split(line)) for line in lines] == [[]] * 4

    def test_make_hands_it_what_it_reads(self, root: Path) -> None:
        makefile = (root / "Makefile").read_text()
        call = re.search(r"^\s@(.*) sh deploy/demo.sh$", makefile, re.MULTILINE)
        assert call is not None
        given = {word.partition("=")[0] for word in call[1].split()}
        assert given == {"BIN", "DEMO", "PORT", "SERVE"}

    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_the_real_one_finds_heads_and_repeats_nothing(self, root: Path, tmp_path: Path) -> None:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "BIN": str(Path(sys.executable).parent),
            "DEMO": str(tmp_path / "demo"),
            "SERVE": "0",
        }
        first, second = (run(["sh", root / "deploy" / "demo.sh"], environment) for _ in range(2))
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert " 0 added" not in first.stdout
        assert " 0 added" in second.stdout
        rows = re.findall(r"│ +\d │ .*", second.stdout)
        assert len(rows) == 5
        assert all("head" in row for row in rows)


PEERS = ("chromium", "storescu", "pg_ctlcluster", "Orthanc")
"""A command of each package that tests need."""


class TestContinuousIntegration:
    @pytest.fixture
    def check(self, root: Path, tmp_path: Path) -> Callable[..., tuple[int, list[str], str]]:
        """Runs .ci/run of a copy where every program is a stand-in."""
        tools, calls = tmp_path / "tools", tmp_path / "calls"
        (tmp_path / ".ci").mkdir()
        tools.mkdir()
        shutil.copy(root / ".ci" / "run", tmp_path / ".ci" / "run")
        (tools / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
        bash = shutil.which("bash")
        assert bash is not None

        def once(*present: str, failing: str = "nothing") -> tuple[int, list[str], str]:
            policy = tmp_path / "policy-rc.d"
            policy.touch()
            for name in (*present, "make", "apt-get", "python3.11"):
                program(
                    tools / name,
                    f"#!{bash}\n"
                    f'echo "{name} $* ${{RADALIKE_REQUIRE_CHROMIUM:-}}" >> {calls}\n'
                    f'[[ "{name} $*" != "{failing}" ]]\n',
                )
            environment = {"PATH": str(tools), "POLICY_RC_D": str(policy)}
            done = run([bash, tmp_path / ".ci" / "run"], environment)
            called = [line.strip() for line in calls.read_text().splitlines()]
            return done.returncode, called, done.stdout + done.stderr

        return once

    def test_it_runs_both_suites_and_the_linters_with_a_browser(
        self, check: Callable[..., tuple[int, list[str], str]]
    ) -> None:
        code, called, output = check(*PEERS)
        assert code == 0, output
        assert [call for call in called if call.startswith("make")] == [
            "make test 1",
            "make test JOBS=0 ARGS=-m slow 1",
            "make fuzz 1",
            "make lint 1",
        ]
        assert not any(call.startswith("apt-get") for call in called)
        assert re.search(r"--- Quick suite: passed, \d+ s", output)
        assert "=== PASSED after" in output

    def test_it_installs_what_is_missing(
        self, check: Callable[..., tuple[int, list[str], str]]
    ) -> None:
        code, called, output = check()
        assert code == 0, output
        installs = [call for call in called if call.startswith("apt-get")]
        assert installs[0].split()[1] == "update"
        names = ["chromium", "dcmtk", "postgresql", "orthanc", "orthanc-dicomweb"]
        assert [word for word in installs[1].split() if word in names] == names

    @pytest.mark.parametrize(
        "failing", ["make test", "make test JOBS=0 ARGS=-m slow", "make fuzz", "make lint"]
    )
    def test_any_failure_fails_it_at_once(
        self, check: Callable[..., tuple[int, list[str], str]], failing: str
    ) -> None:
        code, called, output = check(*PEERS, failing=failing)
        assert code == 1
        assert called[-1] == f"{failing} 1"
        assert re.search(r"--- .+: FAILED, \d+ s", output)
        assert "=== FAILED after" in output
