"""How long a step took."""

from __future__ import annotations

import time


class Stopwatch:
    """Seconds on the wall and of the processor, of this process."""

    seconds = cpu = 0.0

    def __enter__(self) -> Stopwatch:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds, self.cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
