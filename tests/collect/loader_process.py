"""A load as a process of its own, for tests that kill it: loader_process.py FOLDER LAKE NOW BATCH."""

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from liuke.collect import Source, load
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.yaml_file import load_yaml

folder, lake, now, batch = Path(sys.argv[1]), Lake(Path(sys.argv[2])), datetime.fromisoformat(sys.argv[3]), sys.argv[4]
engine = DuckEngine(memory_limit_mb=512, threads=1)
source = load_yaml(folder / "source.yaml", Source)
print("started", flush=True)
report = load(
    source, folder=folder, lake=lake, engine=engine, zone=ZoneInfo("Asia/Shanghai"), now=now, batch_id=batch or None
)
print(sum(t.accepted for t in report.tables), flush=True)
