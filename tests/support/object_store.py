"""A real S3-compatible object store (SeaweedFS, Apache-2.0) on loopback, for as long as a test."""

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import lasting_ports

KEY_ID, SECRET = "AKTEST", "sk-of-a-test"
WEED = shutil.which("weed", path=str(Path(sys.executable).parent))
_READY_S = 60
_PORTS = 9


@contextmanager
def object_store(home: Path) -> Iterator[str]:
    """Its endpoint; everything it holds lies in `home`."""
    assert WEED is not None
    credentials = [{"accessKey": KEY_ID, "secretKey": SECRET}]
    identity = {"name": "test", "credentials": credentials, "actions": ["Admin", "Read", "Write"]}
    (home / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (home / "data").mkdir()
    ports = lasting_ports(_PORTS)
    with (home / "weed.log").open("wb") as told:
        process = subprocess.Popen([WEED, *_arguments(home, ports)], stdout=told, stderr=told)
        try:
            endpoint = f"http://127.0.0.1:{ports[0]}"
            _wait(endpoint, process, home / "weed.log")
            yield endpoint
        finally:
            process.kill()
            process.wait()


def _arguments(home: Path, ports: list[int]) -> list[str]:
    s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc, iceberg = ports
    return [
        "-logtostderr",
        "server",
        f"-dir={home / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",  # it reports to its makers unless told not to
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        "-master.volumeSizeLimitMB=32",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        "-volume.max=400",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
        f"-filer.localSocket={home / 'filer.sock'}",
        "-s3",
        "-s3.autoCreateBucket=false",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        f"-s3.port.iceberg={iceberg}",
        f"-s3.config={home / 's3.json'}",
    ]


def _wait(endpoint: str, process: subprocess.Popen[bytes], told: Path) -> None:
    until = time.monotonic() + _READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(endpoint, timeout=1)  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            return  # it refuses strangers, so it is there
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(told.read_text()[-2000:])
