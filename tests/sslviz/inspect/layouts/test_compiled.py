"""Compiled code is kept by version, and what cannot be kept is compiled all the same."""

from __future__ import annotations

import numba
import pytest

from sslviz.inspect.layouts import compiled as room
from sslviz.inspect.layouts.compiled import functions_kept, import_umap, kept_in
from sslviz.spec.places import compiled_folder


def test_functions_are_kept_inside_only():
    original = numba.njit
    with functions_kept():
        assert numba.njit is not original

        @numba.njit
        def plain(x):
            return x + 1

        @numba.njit(fastmath=True)
        def told(x):
            return x + 2

        @numba.njit("f8(f8)", cache=False)
        def refused(x):
            return x + 3

    assert numba.njit is original
    assert [f.py_func(1) for f in (plain, told, refused)] == [2, 3, 4]
    assert [type(f._cache).__name__ for f in (plain, told, refused)] == ["FunctionCache", "FunctionCache", "NullCache"]
    assert told.targetoptions["fastmath"]
    assert refused.signatures


def test_what_cannot_be_kept_is_compiled_all_the_same():
    space = {"numba": numba}
    with functions_kept():
        exec(compile("@numba.njit\ndef made(x):\n    return x + 1", "<made>", "exec"), space)  # noqa: S102  no file, so no place to keep it
    assert space["made"].py_func(1) == 2
    assert type(space["made"]._cache).__name__ == "NullCache"


def test_the_folder_is_of_this_version_and_others_go(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(room, "version", lambda name: "1")
    assert kept_in().parent == compiled_folder()
    older = compiled_folder() / "0-0-0-0-0"
    older.mkdir(parents=True)
    room.use_own_folder()
    assert [path.name for path in compiled_folder().iterdir()] == ["1-1-1-1-1"]
    assert room.os.environ["NUMBA_CACHE_DIR"] == str(kept_in())


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    room.use_own_folder()
    assert "NUMBA_CACHE_DIR" not in room.os.environ


@pytest.mark.usefixtures("warm_umap")
def test_umap_is_imported_with_its_functions_kept():
    import_umap()
    from umap import layouts

    assert type(layouts._nb_optimize_layout_euclidean_single_epoch._cache).__name__ == "FunctionCache"
