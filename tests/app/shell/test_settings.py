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


def test_the_folder_that_the_environment_names_holds_the_settings(tmp_path, monkeypatch):
    remember_run(open_settings(), str(tmp_path))
    monkeypatch.setenv("SSLVIZ_CONFIG", str(tmp_path / "config"))
    elsewhere = open_settings()
    assert recent_runs(elsewhere) == []  # nothing of the usual place is read
    elsewhere.setValue("window/theme", "dark")
    elsewhere.sync()
    assert [file.name for file in (tmp_path / "config").iterdir()] == ["sslviz.ini"]
