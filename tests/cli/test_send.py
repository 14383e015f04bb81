"""`liuke send` as a person or a supervisor calls it."""

import json
import os
import subprocess

import pytest

from liuke.act.channels.catalogue import ChannelsFile, read_channels
from liuke.errors import YourMistake
from tests.act.channels.gateways import listening
from tests.act.channels.kinds import KINDS, _sms_answer
from tests.sending.homes import LIUKE, addresses, clean, make_home, queue


def test_once_sends_what_is_due_tells_it_as_json_and_leaks_nothing(tmp_path):
    with listening(_sms_answer) as gateway:
        home = make_home(tmp_path / "bank", {"sms": KINDS[0].make(gateway.url)})
        addresses(home, {"C000000": "13800005678"})
        queue(home, 2)
        command = [str(LIUKE), "--verbose", "send", "--once", "--json", "--home", str(home)]
        done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["taken"], told["sent"]) == (2, 1)
    assert told["channels"][0]["counts"] == {"sent": 1, "cancelled": 1}
    assert [to for to, _ in gateway.delivered] == ["13800005678"]
    for leaked in ("13800005678", "第0条", os.environ["LIUKE_TEST_SMS"]):
        assert leaked not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("channels: {sms: {kind: smss}}", "kind"),
        ("channels: {}", "channels"),
        ("proxy: socks5://x\nchannels: {orders: {kind: rm_order}}", "proxy"),
        ("channels: {'a b': {kind: rm_order}}", "a b"),
        ("channels:\n  push: {kind: push, url: 'http://x', secret: s3cret}", "secret"),
    ],
)
def test_mistakes_in_the_file_are_told_with_their_place(tmp_path, text, where):
    (tmp_path / "channels.yaml").write_text(text)
    with pytest.raises(YourMistake) as caught:
        read_channels(tmp_path)
    assert where in caught.value.render()
    assert caught.value.place.line
    assert "s3cret" not in caught.value.render()


def test_the_shipped_example_is_valid(request):
    from liuke.cli.init import template_folder
    from liuke.yaml_file import parse_yaml

    text = (template_folder("bank") / "channels.example.yaml").read_text(encoding="utf-8")
    assert len(parse_yaml(text, ChannelsFile, "example").channels) >= 8
