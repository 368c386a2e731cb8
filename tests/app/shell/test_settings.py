"""What the window remembers between starts."""

from app.shell.settings import RECENT, open_settings, recent_runs, remember_run


def test_runs_that_are_gone_are_not_offered(tmp_path):
    settings = open_settings()
    folders = [tmp_path / name for name in ("first", "gone", "last")]
    for folder in folders:
        folder.mkdir()
        remember_run(settings, str(folder))
    folders[1].rmdir()
    assert recent_runs(settings) == [str(folders[2]), str(folders[0])]
    folders[1].mkdir()  # of a disk that was away
    assert recent_runs(settings) == [str(folder) for folder in reversed(folders)]


def test_the_newest_come_first_and_each_once(tmp_path):
    settings = open_settings()
    folders = [tmp_path / f"{k}" for k in range(RECENT + 2)]
    for folder in (*folders, folders[5]):
        folder.mkdir(exist_ok=True)
        remember_run(settings, str(folder))
    assert recent_runs(settings)[:2] == [str(folders[5]), str(folders[-1])]
    assert len(recent_runs(settings)) == len(set(recent_runs(settings))) == RECENT


def test_a_list_of_one_comes_back(tmp_path):
    remember_run(open_settings(), str(tmp_path))
    assert recent_runs(open_settings()) == [str(tmp_path)]
