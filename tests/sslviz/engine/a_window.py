"""A window that starts a worker with a long run, prints the worker's pid once it trains, and waits to be killed."""

import subprocess
import sys
from multiprocessing.connection import Listener

from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Progressed
from sslviz.spec.requests import StartRun
from sslviz.spec.wire import worker_command, worker_environment

data = DataConfig(source="shapes", image_size=32, dials={"preset": "lesson", "count": 64})
config = RunConfig(data=data, batch_size=8, steps=1_000_000, snapshots=1, precision="fp32", threads=1)
with Listener(authkey=b"key") as listener:
    command = worker_command(listener.address, threads=1)
    worker = subprocess.Popen(command, env=worker_environment(b"key"), stdout=subprocess.DEVNULL)
    connection = listener.accept()
    connection.send(StartRun("r", config, sys.argv[1]))
    while not isinstance(connection.recv(), Progressed):
        pass
    print(worker.pid, flush=True)
    worker.wait()
