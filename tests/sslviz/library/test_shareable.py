"""What is given away says nothing of where files lay."""

import pytest

from sslviz.library.errors import LibraryError
from sslviz.library.shareable import is_place, require_public, shared_config, shared_surroundings, without_places
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training.run_file import Environment


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("read /srv/ada/data/cats.zip, 3/4 done", "read cats.zip, 3/4 done"),
        ("'~/data/cats.zip'", "'cats.zip'"),
        (r"D:\pictures\ada\cats.zip: 3 images", "cats.zip: 3 images"),
        ("https://example.org/a/b and/or c", "https://example.org/a/b and/or c"),
        ("snapshots/step_00000000.safetensors", "snapshots/step_00000000.safetensors"),
        ("64 × 64 px, 2/3", "64 × 64 px, 2/3"),
        ("in /srv/pictures/", "in "),
    ],
)
def test_places_are_shortened_to_names(text, shared):
    assert without_places(text) == shared


def test_a_copy_is_known_by_its_public_name():
    run = RunConfig(data=DataConfig("/srv/ada/cifar10.zip", dials={"limit": 0}))
    assert shared_config(run, "cifar10").data == DataConfig("cifar10")
    assert shared_config(run, "").data.source == "cifar10.zip"
    assert shared_config(run, "").data.dials == {"limit": 0}
    own = RunConfig(data=DataConfig(dials={"count": 64}))
    assert shared_config(own, "") == own


def test_surroundings_tell_no_machine_and_insist_only_on_images_that_others_have():
    ran_on = Environment(
        fingerprint="f", data_note="of /srv/ada/x.zip", versions={"platform": "Linux-6.1-x-y", "torch": "2"}
    )
    shared = shared_surroundings(ran_on, same_images=False)
    assert (shared.fingerprint, shared.data_note) == ("", "of x.zip")
    assert shared.versions == {"platform": "Linux", "torch": "2"}
    assert shared_surroundings(ran_on, same_images=True).fingerprint == "f"


def test_only_public_sets_lend_their_names():
    require_public("cifar10", "/srv/ada/cifar10.zip")
    require_public("cifar10", "cifar10")
    with pytest.raises(LibraryError, match="No public data set is called 'shapes'") as error:
        require_public("shapes", "/srv/ada/x.zip")
    assert "cifar10" in error.value.hint
    with pytest.raises(LibraryError, match="trained on shapes, which is no copy of cifar10"):
        require_public("cifar10", "shapes")
    assert is_place("~/x.zip")
    assert is_place(r"D:\x.zip")
    assert not is_place("cifar10")
