"""The service as a process of its own: it starts, answers, and ends cleanly."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack

import pytest
from serving import MANAGE, environment, served


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(sqlite_url, ending):
    with served(sqlite_url) as (process, address):
        with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(ending)
        assert process.wait(30) == 0


def test_several_processes_serve_one_postgresql_and_count_together(postgresql_url):
    with served(postgresql_url, "--workers", "2") as (process, address):
        for _ in range(8):
            with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
                assert answer.status == 200
        with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
            counted = answer.read().decode()
        assert 'quiz_requests_total{endpoint="api.get_readiness",method="GET",status="200"} 8.0' in counted
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_clients_that_stall_in_the_middle_of_a_request_stop_nobody_for_long(sqlite_url, monkeypatch):
    monkeypatch.setenv("CLIENT_TIMEOUT", "1")
    with served(sqlite_url, "--threads", "2") as (process, address), ExitStack() as stalled:
        host, port = address.removeprefix("http://").split(":")
        for _ in range(8):
            client = stalled.enter_context(socket.create_connection((host, int(port))))
            client.sendall(
                b"POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\na="
            )
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:
            assert answer.status == 200
        stalled.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_taken_port_is_told(sqlite_url):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, str(MANAGE), "serve", "--port", str(port)]
        result = subprocess.run(command, env=environment(sqlite_url), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (
        1,
        f"Error: Port {port} is taken; stop what listens there, or choose another one with --port or PORT.\n",
    )


def test_a_host_that_is_none(sqlite_url):
    command = [sys.executable, str(MANAGE), "serve", "--host", "no.such.host.invalid"]
    result = subprocess.run(command, env=environment(sqlite_url), capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "There is no address" in result.stderr


def test_a_reader_that_goes_away_is_no_error(sqlite_url):
    command = f"{sys.executable} {MANAGE} problem stress vanishing-gradient --count 10 --json | true"
    result = subprocess.run(
        command, shell=True, env=environment(sqlite_url), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in result.stderr
