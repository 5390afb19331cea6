"""What is not needed is not imported: asked of fresh interpreters, not of this one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gpt2mini

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "textual", "numpy", "plotext"}
WITH_NUMPY = "corpus ngrams prepared tokenizer"
WITH_TORCH = (
    "attention batches checkpoint decode devices forking learner lens model optim probes rng sampling shards starting "
    "tensorfile trainer"
