"""Several processes on one file of packed rows: nothing is lost, nothing is torn, nobody meets a lock error."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from features.packed_rows import PackedRows

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = [f"{view}:{number}" for view in "abcd" for number in range(8)]
SHARED, OWN, ROUNDS = 40, 60, 30

# Each writes its own residents, whom nobody else writes, and in turn whole rows and one view of residents whom all
# write. All columns of a view carry one number, so that a torn row would show.
WRITER = f"""
import sys
import numpy as np
from pathlib import Path
from features.packed_rows import PackedRows
path, number = Path(sys.argv[1]), int(sys.argv[2])
columns = {COLUMNS!r}
rows = PackedRows(path, columns)
shared = np.arange({SHARED})
own = 1000 * (number + 1) + np.arange({OWN})
for turn in range({ROUNDS}):
    moment = 4 * turn + number
    rows.write(shared, np.full(({SHARED}, 32), moment), moment)
    mine = columns[8 * number : 8 * number + 8]
    rows.write(own[2 * turn : 2 * turn + 2], np.full((2, 8), number), 1, mine)
    rows.write(shared[::2], np.full(({SHARED // 2}, 8), moment), moment, mine)
"""

READER = f"""
import sys
import numpy as np
from pathlib import Path
from features.packed_rows import PackedRows
rows = PackedRows(Path(sys.argv[1]))
latest = np.full(({SHARED}, 4), -1.0)
reads = 0
print("reading", flush=True)
while latest.min() < {4 * ROUNDS - 4}:
    found, _, values = rows.read(np.arange({SHARED}))
    views = values[found].reshape(-1, 4, 8)
    assert (views == views[:, :, :1]).all(), "torn"
    assert (views[:, :, 0] >= latest[found]).all(), "went back"
    latest[found] = views[:, :, 0]
    reads += 1
print(reads)
"""

ACKNOWLEDGING = """
import sys
import numpy as np
from pathlib import Path
from features.packed_rows import PackedRows
rows = PackedRows(Path(sys.argv[1]))
person = 0
while True:
    rows.write([person], np.full((1, 32), person), 1)
    print(person, flush=True)
    person += 1
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_four_writers_and_two_readers_at_once(tmp_path):
    path = tmp_path / "online.db"
    rows = PackedRows.create(path, COLUMNS)
    readers = [start(READER, path) for _ in range(2)]
    for reader in readers:
        assert reader.stdout.readline() == "reading\n"
    writers = [start(WRITER, path, number) for number in range(4)]
    for process in [*writers, *readers]:
        printed, error = process.communicate(timeout=90)
        assert process.returncode == 0, error
    assert int(printed) > 1
    for number in range(4):
        own = 1000 * (number + 1) + np.arange(OWN)
        assert (rows.read(own, COLUMNS[8 * number : 8 * number + 8])[2] == number).all()
    _, _, values = rows.read(np.arange(SHARED))
    assert (values == 4 * ROUNDS - 1).all()


def test_a_killed_writer_loses_no_acknowledged_row_and_leaves_the_file_to_others(tmp_path):
    path = tmp_path / "online.db"
    rows = PackedRows.create(path, COLUMNS)
    for _ in range(3):
        writer = start(ACKNOWLEDGING, path)
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.communicate(timeout=30)[0].splitlines() if line]
        found, _, values = rows.read(acknowledged)
        assert found.all()
        assert (values == np.array(acknowledged)[:, np.newaxis]).all()
        rows.write([10**6], np.zeros((1, 32)), 1)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_process_opens_the_file_anew(tmp_path):
    rows = PackedRows.create(tmp_path / "online.db", COLUMNS)
    rows.write([1], np.ones((1, 32)), 1)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            rows.write([2], rows.read([1])[2] + 1, 1)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert rows.read([1, 2])[2][:, 0].tolist() == [1, 2]
