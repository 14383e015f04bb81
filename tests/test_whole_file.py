"""A file that is written is there as a whole, or the old one still is."""

import pytest

from liuke.whole_file import whole_file


def test_a_file_takes_its_place_and_its_folder_is_made(tmp_path):
    path = tmp_path / "new" / "a.yaml"
    for text in (b"old", b"young"):
        with whole_file(path) as file:
            file.write(text)
    assert path.read_bytes() == b"young"
    assert [p.name for p in path.parent.iterdir()] == ["a.yaml"]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        _stopped_half_way(path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writer_left_is_written_over(tmp_path):
    path = tmp_path / "a"
    (tmp_path / "a.new").write_bytes(b"a longer rest of a writer that was killed")
    with whole_file(path) as file:
        file.write(b"whole")
    assert path.read_bytes() == b"whole"


def _stopped_half_way(path):
    with whole_file(path) as file:
        file.write(b"you")
        assert path.read_bytes() == b"old"
        raise KeyboardInterrupt
