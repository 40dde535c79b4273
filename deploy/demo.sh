#!/bin/sh
# The demonstration behind `make demo`: a made-up PACS export, a library of it, one search, and the
# search page. Every step is skipped or harmless when it has been done before.
#
# BIN: where `radalike` and `python` are. DEMO: where everything goes. PORT, SERVE: the page.
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin} DEMO=${DEMO:-demo} PORT=${PORT:-8501} SERVE=${SERVE:-1}

say() { printf '\n%s\n' "$*"; }

# sample FOLDER IMAGES SEED: under another name until it is whole, so half a one is never used.
sample() {
    if [ ! -d "$1" ]; then
        rm -rf "$1.part"
        "$BIN/radalike" sample "$1.part" --images "$2" --seed "$3" > /dev/null
        mv "$1.part" "$1"
    fi
    echo "$1: $2 synthetic DICOM images"
}

mkdir -p "$DEMO"
say '1. A PACS export of invented patients, and new patients to ask about'
sample "$DEMO/pacs-export" 60 1
sample "$DEMO/new-patients" 8 2

say '2. The export and the test files of pydicom, which come from real scanners, go into a library'
test_files=$("$BIN/python" - <<'PYTHON'
from pathlib import Path
from pydicom import data
print(Path(data.__file__).with_name("test_files"))
PYTHON
)
"$BIN/radalike" ingest "$DEMO/pacs-export" "$test_files" --library "$DEMO/library"
echo 'Some of those test files are broken on purpose: what cannot be read is rejected with a reason,'
echo "and never stops the rest. See them: $BIN/radalike rejects --library $DEMO/library"

say '3. Which CT images look like the CT of a new head?'
query=$("$BIN/python" - "$DEMO/new-patients" <<'PYTHON'
import sys
from pathlib import Path
from pydicom import dcmread
for path in sorted(Path(sys.argv[1], "DICOM").rglob("*")):
    if path.is_file():
        header = dcmread(path, stop_before_pixels=True)
        about = f"{header.get('BodyPartExamined', '')} {header.get('StudyDescription', '')}"
        if header.Modality == "CT" and "head" in about.lower():
            sys.exit(print(path))
sys.exit("the sample holds no CT of the head")
PYTHON
)
"$BIN/radalike" search "$query" -n 5 --modality CT --library "$DEMO/library"
echo "The query is $query: the library has never seen it. These five look most like it."
echo 'The score is the cosine similarity of two images: 1 for the same picture, less for less alike.'
echo 'CT of the head comes first; CT of other regions is in the library too, and scores lower.'
echo 'Research use only, not a medical device.'

if [ "$SERVE" = 1 ]; then
    say "4. The search page: http://127.0.0.1:$PORT (Ctrl-C ends it)"
    exec "$BIN/radalike" ui --port "$PORT" --library "$DEMO/library"
fi
say "The search page, whenever you like: $BIN/radalike ui --port $PORT --library $DEMO/library"
