"""Freed memory is kept for the next step, where the allocator can do that."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
from gpt2mini.memory import keep_freed_memory
assert sys.argv[1] == "as it comes" or keep_freed_memory()
faults = []
for _ in range(6):
    blocks = [bytearray(b"x") * 2_000_000 for _ in range(12)]
    del blocks
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[1])
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc hands memory back so eagerly")
def test_a_block_that_was_freed_is_used_again_without_new_pages() -> None:
    assert faults("kept") < 100 < faults("as it comes")
