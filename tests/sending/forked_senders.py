"""Started by the kill tests: queues messages, then forks a sender for each line on its input.

A forked sender is at work within milliseconds, so that many can be killed in the time that one takes to start. It
looks addresses up in itself: an engine cannot be carried over a fork, and opening one takes longer than a life here.
"""

import os
import signal
import sys
import threading
from datetime import UTC, datetime

from liuke.act.outbox.message import Message


class Numbers:
    """Everybody has a number."""

    def addresses(self, medium, messages):
        return {m.key: f"139{m.owner_id[1:]:0>8}" for m in messages}

    def owners(self, medium, address):
        return ()


def message(n: int, channel: str, now: datetime) -> Message:
    loop, who = f"L{n:06}", f"C{n:06}"
    return Message(f"{loop}.{channel}", channel, "customer", who, f"第{n}条通知。", "service", now, loop, "", who)


def main() -> None:
    from liuke.cli.logs import configure_logs
    from liuke.wiring import open_house
    from liuke.wiring.state import start_state

    configure_logs(verbose=False)  # the output is for numbers of processes
    house = open_house()
    start_state(house.home)
    from django.db import connection

    from liuke.act.channels.catalogue import read_channels
    from liuke.sending.running import at_work, channels_of
    from liuke.sending.worker import Way
    from liuke.state.actions.queue_messages import queue_messages

    file = read_channels(house.home)
    ways = [
        Way(name, channel, file.channels[name], lambda messages, now: {}, Numbers(), "k" * 32)
        for name, channel in channels_of(house, file).items()
    ]
    now = datetime.now(UTC)
    many = int(sys.argv[1])
    queue_messages([message(n, way.name, now) for n in range(many) for way in ways], now=now)
    connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no burial
    print("ready", flush=True)
    for _ in sys.stdin:
        if os.fork() == 0:
            with at_work(ways, threading.Event()):
                print(os.getpid(), flush=True)
                threading.Event().wait()


if __name__ == "__main__":
    main()
