"""Several processes of the site behind one nginx, with the configuration of the documentation."""

import contextlib
import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from benchmarks.servers import free_port, served
from tests.peers import system_program
from tests.sample_archive import publish_sample

CONFIGURATION = Path(__file__).parents[1] / "docs" / "nginx" / "arkisto.conf"
AROUND = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  log_format served '$upstream_addr $upstream_cache_status'; access_log {folder}/access.log served;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""


@contextlib.contextmanager
def nginx(folder, ports):
    """Run the documented configuration without TLS and with other ports; give its address."""
    port = free_port()
    server = CONFIGURATION.read_text("utf-8")
    for old, new in zip(("8001", "8002"), ports, strict=True):
        server = server.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    server = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", server)
    server = re.sub(r" +ssl_certificate.*\n", "", server)
    server = server.replace("/var/cache/nginx/arkisto", f"{folder}/cache")
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers may not enter the folder
    settings = folder / "nginx.conf"
    settings.write_text(AROUND.format(folder=folder, server=server, user=user), "utf-8")
    process = subprocess.Popen([system_program("nginx"), "-c", str(settings)])
    try:
        for _ in range(100):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def fetched(address):
    """Return status and text of a page."""
    with urllib.request.urlopen(address, timeout=60) as response:
        return response.status, response.read().decode()


def lines(path, number):
    """Return the lines of a file when it has so many: nginx writes its log after the answer."""
    deadline = time.monotonic() + 30
    while len(found := path.read_text().splitlines()) < number and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_two_processes_behind_one_address(tmp_path):
    """Both processes answer in turn, equal searches come from the cache, and one alone carries on."""
    system_program("nginx")
    published = publish_sample(tmp_path).published
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(contextlib.ExitStack())
        ports = [
            owner.enter_context(served(published)).rpartition(":")[2].strip("/")
            for owner in (first, stack)
        ]
        address = stack.enter_context(nginx(tmp_path, ports))
        # facets need no analyser, which takes long to load
        for year in (2018, 2019, 2020, 2021, 2018):
            status, text = fetched(f"{address}/haku?year={year}")
            assert status == 200
            assert f"year={year}" in text
        log = lines(tmp_path / "access.log", 5)
        assert {line.split()[0] for line in log[:4]} == {f"127.0.0.1:{port}" for port in ports}
        assert log[4].endswith(" HIT")
        first.close()
        for year in (2022, 2023, 2024):
            assert fetched(f"{address}/haku?year={year}")[0] == 200
