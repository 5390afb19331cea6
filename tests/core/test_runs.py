"""A run folder can be listed, read and mended whatever happened to it."""

import gc
import math
import os
import re
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gpt2mini.ablations import Ablations
from gpt2mini.entries import CheckpointEntry, best, surplus
from gpt2mini.errors import CannotCreateError, CheckpointError, LabError, LockedError, NotFoundError, UsageError
from gpt2mini.events import Evaluated, Finished, Noticed, Switched
from gpt2mini.labels import Labels
from gpt2mini.runs import Run, Store
from gpt2mini.series import SMOOTHING, Series
from gpt2mini.trash import empty
from run_folders import manifest, step


@pytest.fixture
def run(store: Store) -> Run:
    return store.create(manifest(), name="first")


def test_names_count_up_and_odd_stems_become_names(store: Store) -> None:
    assert [store.create(manifest(), stem="tales").name for _ in range(3)] == ["tales-1", "tales-2", "tales-3"]
    assert store.create(manifest(), stem="../my text\x1b").name == "my-text-1"
    assert store.create(manifest(), stem="...").name == "run-1"
    assert len(store.runs()) == 5


def test_a_store_with_anything_but_runs_has_none(tmp_path: Path, run: Run, store: Store) -> None:
    assert store.has_runs()
    assert not Store(tmp_path / "nowhere").has_runs()
    (tmp_path / "empty" / "folder").mkdir(parents=True)
    (tmp_path / "empty" / "file").touch()
    (tmp_path / "empty" / ".gone").mkdir()
    (tmp_path / "empty" / ".gone" / "run.json").touch()
    assert not Store(tmp_path / "empty").has_runs()
    assert Store(tmp_path / "empty").runs() == []


def test_whether_there_are_runs_is_told_without_leaving_the_folder_open(store: Store) -> None:
    for _ in range(2):
        store.create(manifest())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert store.has_runs()
        gc.collect()
    assert said == []


def test_the_name_of_a_run_in_the_trash_waits_for_it(store: Store) -> None:
    first = store.create(manifest(), stem="tales")
    gone = store.trash(first.path)
    assert store.create(manifest(), stem="tales").name == "tales-2"
    store.restore(gone)
    assert store.get("tales-1").name == "tales-1"


def test_two_who_take_a_free_name_at_once_get_two(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.create(manifest(), stem="tales").name, range(24)))
    assert sorted(made, key=lambda name: int(name[6:])) == [f"tales-{number}" for number in range(1, 25)]


@pytest.mark.parametrize("name", ["a/b", "..", ".", "", "a\nb", "-x", "x" * 101])
def test_a_name_that_is_a_path_or_worse_is_refused(name: str, store: Store) -> None:
    with pytest.raises(UsageError):
        store.get(name)
    if name:
        with pytest.raises(UsageError):
            store.create(manifest(), name=name)


def test_a_name_that_is_taken_or_missing_is_said(run: Run, store: Store) -> None:
    with pytest.raises(CannotCreateError, match="already"):
        store.create(manifest(), name="first")
    with pytest.raises(NotFoundError, match="runs list"):
        store.get("second")
    assert store.get("first") == run


def test_a_manifest_comes_back(run: Run) -> None:
    assert run.manifest().config == manifest().config
    assert run.manifest().created == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"format": 99}', '{"format": 1}', '{"format": 1, "config": {"model": 3}}']
)
def test_a_damaged_run_is_listed_with_what_is_wrong(text: str, run: Run, store: Store) -> None:
    (run.path / "run.json").write_text(text)
    with pytest.raises(CheckpointError):
        run.manifest()
    summary = store.runs()[0].summary()
    assert summary.status == "damaged"
    assert summary.problem


def test_a_summary_is_how_the_run_stands(run: Run) -> None:
    assert run.summary().status == "interrupted"
    log = run.open_log()
    for number in range(1, 51):
        log.append(step(number))
    log.append(Evaluated(step=50, val_loss=1.5, tokens=10))
    log.append(Finished(step=50, reason="stopped", loss=0.02, val_loss=1.5, seconds=1.0))
    log.close()
    summary = run.summary()
    assert (summary.status, summary.step, summary.steps) == ("stopped", 50, 1000)
    assert (summary.loss, summary.val_loss, summary.corpus) == (0.02, 1.5, "tales")


def test_a_summary_tells_a_val_that_is_no_number_from_one_that_was_never_measured(run: Run) -> None:
    assert not run.summary().is_validated
    log = run.open_log()
    log.append(Evaluated(step=50, val_loss=math.nan, tokens=10))
    log.close()
    summary = run.summary()
    assert math.isnan(summary.val_loss)
    assert (summary.is_validated, summary.val_step) == (True, 50)


def test_what_is_deleted_comes_back(run: Run, store: Store) -> None:
    gone = store.trash(run.path)
    assert store.runs() == []
    store.restore(gone)
    assert store.runs() == [run]
    gone = store.trash(run.path)
    store.create(manifest(), name="first")
    with pytest.raises(CannotCreateError, match="again"):
        store.restore(gone)


def test_the_order_of_runs_is_that_of_their_logs_whatever_else_is_done_with_them(store: Store) -> None:
    for number, name in enumerate(("first", "second", "third")):
        run = store.create(manifest(), name=name)
        with closing(run.open_log()) as log:
            log.append(step(1))
        os.utime(run.path / "events.jsonl", (number, number))
    store.restore(store.trash(store.root / "first"))
    store.get("second").label(Labels(note="looked at again"))
    store.rename("first", "primus")
    assert [run.name for run in store.runs()] == ["primus", "second", "third"]
    with closing(store.get("second").open_log()) as log:
        log.append(step(2))
    assert [run.name for run in store.runs()] == ["primus", "third", "second"]


def test_runs_that_train_at_once_keep_their_order_whichever_wrote_last(store: Store) -> None:
    older, newer, over = (store.create(manifest(), name=name) for name in ("older", "newer", "over"))
    with closing(over.open_log()) as log:
        log.append(step(1))
    with closing(older.open_log()) as first, closing(newer.open_log()) as second:
        for number, run in enumerate((older, newer)):
            os.utime(run.path / "lock", (number, number))  # when it began
        for log, run in ((second, newer), (first, older), (second, newer)):
            log.append(step(1))
            os.utime(run.path / "events.jsonl", (9_000_000_000, 9_000_000_000))
            assert [one.name for one in store.runs()] == ["over", "older", "newer"]
            os.utime(run.path / "events.jsonl", (0, 0))
    os.utime(newer.path / "events.jsonl", (1, 1))
    os.utime(older.path / "events.jsonl", (2, 2))
    assert [one.name for one in store.runs()] == ["newer", "older", "over"]


def test_the_trash_remembers_where_things_came_from_until_it_is_emptied(run: Run, store: Store) -> None:
    (run.path / "step-000004").mkdir()
    store.trash(run.path / "step-000004")
    store.trash(run.path)
    names = [str(gone.origin.relative_to(store.root)) for gone in store.trashed()]
    assert sorted(names) == ["first", "first/step-000004"]
    checkpoint, whole = sorted(store.trashed(), key=lambda gone: gone.origin.name == "first")
    with pytest.raises(CannotCreateError, match="Bring back the run first"):
        store.restore(checkpoint)
    store.restore(whole)
    store.restore(checkpoint)
    assert [entry.name for entry in run.checkpoints()] == ["step-000004"]
    assert store.trashed() == []
    store.trash(run.path)
    assert (empty(store.root), empty(store.root, days=0), store.trashed()) == (0, 1, [])


def test_what_has_been_in_the_trash_for_a_month_goes_when_something_else_is_thrown_away(store: Store) -> None:
    for name in ("first", "second"):
        store.create(manifest(), name=name)
    old = store.trash(store.root / "first")
    os.utime(old.path.parent, (0, 0))
    store.trash(store.root / "second")
    assert [gone.origin.name for gone in store.trashed()] == ["second"]


def test_a_trash_that_lies_about_where_things_came_from_is_not_believed(run: Run, store: Store) -> None:
    gone = store.trash(run.path)
    (gone.path.parent / "origin").write_bytes(b"../first")
    assert store.trashed() == []


def entry(step: int, val_loss: float = math.nan, *, pinned: bool = False, problem: str = "") -> CheckpointEntry:
    return CheckpointEntry(
        name=f"step-{step:06d}",
        path=Path("run"),
        step=step,
        val_loss=val_loss,
        created=0.0,
        size=0,
        state={},
        problem=problem,
        pinned=pinned,
    )


def test_the_newest_the_best_the_pinned_and_the_damaged_stay() -> None:
    entries = [entry(1, 3.0), entry(2, 1.0), entry(3, 2.0, pinned=True), entry(4, 2.0), entry(5, problem="damaged")]
    entries += [entry(6, 2.0), entry(7), entry(8)]
    assert [gone.step for gone in surplus(entries, 3)] == [1, 4]
    assert [gone.step for gone in surplus(entries, 1)] == [1, 4, 6, 7]
    assert surplus(entries, 0) == surplus(entries[-3:], 3) == surplus([], 3) == []
    assert best(entries) == entries[1]
    assert best([entry(1, 2.0), entry(4, 2.0), entry(9, 3.0)]) == entry(4, 2.0)


def test_what_was_measured_without_the_causal_mask_is_not_the_best() -> None:
    leak = replace(entry(2, 0.2), state={"ablations": {"causal_mask": False}})
    assert best([entry(1, 2.0), leak, entry(3, 1.9)]) == entry(3, 1.9)
    assert best([leak]) is None
    assert best([entry(1, 2.0), leak, entry(3, 0.2), entry(4, 1.9)]) == entry(4, 1.9)  # saved by an earlier version


def test_a_run_that_is_training_is_not_deleted_nor_anything_outside(run: Run, store: Store, tmp_path: Path) -> None:
    log = run.open_log()
    with pytest.raises(LockedError, match="training"):
        store.trash(run.path)
    log.close()
    with pytest.raises(NotFoundError):
        store.trash(tmp_path)


def test_damaged_checkpoints_are_listed_with_what_is_wrong(run: Run) -> None:
    (run.path / "step-000001").mkdir()
    (run.path / "step-000002").mkdir()
    (run.path / "step-000002" / "state.json").write_text('{"created": "yesterday"}')
    (run.path / "not-a-step").mkdir()
    entries = run.checkpoints()
    assert [entry.step for entry in entries] == [1, 2]
    assert all(entry.problem for entry in entries)


def test_an_empty_or_missing_store_has_no_runs(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").runs() == []
    assert list(Run(tmp_path / "nowhere").events()) == []
    assert Run(tmp_path / "nowhere").checkpoints() == []


def test_a_list_shows_the_switches_as_they_stand_now(run: Run) -> None:
    log = run.open_log()
    log.append(Switched(step=2, name="residual", value=False, ablations=Ablations(residual=False)))
    log.append(step(3))
    log.close()
    assert run.summary().changed == {"residual": False}


def test_a_list_knows_what_was_flipped_on_the_way(run: Run) -> None:
    log = run.open_log()
    off = Ablations(residual=False)
    log.append(Switched(step=2, name="residual", value=True, ablations=Ablations()))  # no flip: it was on
    log.append(Switched(step=3, name="residual", value=False, ablations=off))
    log.append(Switched(step=9, name="residual", value=True, ablations=Ablations()))
    summary = run.summary()
    assert summary.changed == {}
    assert summary.flips == ((3, "residual", False), (9, "residual", True))
    assert summary.knows_all_flips
    for number in range(10, 3000):  # a long run, of which a list still knows them all
        log.append(step(number))
    assert run.summary().flips == ((3, "residual", False), (9, "residual", True))
    log.append(Noticed(step=3000, text="x" * 2**22))
    log.close()
    summary = run.summary()
    assert (summary.flips, summary.knows_all_flips) == ((), False)


def test_a_list_has_the_loss_that_a_chart_ends_with(run: Run) -> None:
    log, curve = run.open_log(), Series(smoothing=SMOOTHING)
    for number in range(1, 900):
        log.append(step(number))
        curve.add(number, step(number).loss)
    log.close()
    assert run.summary().smoothed == pytest.approx(curve.smoothed.y)


MANGLED = {
    "a list for a corpus": ("run.json", lambda text: text.replace('"corpus": {', '"corpus": [], "was": {')),
    "a word for a date": ("run.json", lambda text: re.sub(r'"created": [\d.]+', '"created": "x"', text)),
    "a word for a step": ("events.jsonl", lambda text: re.sub(r'"step": \d+', '"step": "x"', text)),
    "a list for a reason": ("events.jsonl", lambda text: re.sub(r'"reason": "\w+"', '"reason": []', text)),
    "a log without a bottom": ("events.jsonl", lambda text: text + '{"a":' * 200_000 + "\n"),
    "an endless loss": ("events.jsonl", lambda text: re.sub(r'"val_loss": [\d.]+', f'"val_loss": {"9" * 400}', text)),
}


@pytest.mark.parametrize(("file", "mangle"), MANGLED.values(), ids=MANGLED)
def test_a_run_that_somebody_mangled_is_still_a_line_in_the_list(
    store: Store, file: str, mangle: Callable[[str], str]
) -> None:
    run = store.create(manifest(), name="mangled")
    log = run.open_log()
    log.append(Evaluated(step=3, val_loss=2.5, tokens=8))
    log.append(Finished(step=3, reason="done", loss=1, val_loss=1, seconds=1))
    log.close()
    where = run.path / file
    where.write_text(mangle(where.read_text()))
    summary = run.summary()
    assert summary.name == "mangled"
    assert isinstance(summary.step, int)
    assert isinstance(summary.status, str)


@pytest.mark.parametrize("name", ["events.jsonl", "lock", "run.json"])
def test_a_pipe_in_a_run_folder_is_never_waited_for(store: Store, name: str) -> None:
    run = store.create(manifest(), name="piped")
    (run.path / name).unlink(missing_ok=True)
    os.mkfifo(run.path / name)
    assert run.summary().name == "piped"
    with pytest.raises(LabError, match=r"not a regular file|cannot write"):
        run.open_log() if name != "run.json" else run.manifest()
