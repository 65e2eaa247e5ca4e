"""A process that forks while its threads call, renew tokens, connect and read the catalog, and how its children get on.

``python tests/peers/forking.py HOME serve`` is the app's server, in a process of its own: it prints its ports, for plain and for
encrypted connections. ``python tests/peers/forking.py HOME fork WARM`` forks, once its threads have begun (``WARM`` is 0) or have
all come round (1), and prints what became of its children, as JSON.
"""

from __future__ import annotations

import asyncio
import datetime
import faulthandler
import functools
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

__all__ = ["CHILDREN", "Peer", "forked", "serving"]

CHILDREN = 24
_PATIENCE = 90.0  # seconds for the slowest child of a busy machine
_ANSWER = b'{"access_token": "t", "refresh_token": "r", "token_type": "Bearer", "expires_in": 3600, "ok": true}'


def certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "forking")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(_ANSWER)))
        if "close" in self.path:  # the next one opens a connection anew
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(_ANSWER)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A child that was killed went away."""


def serve(home: Path) -> None:
    """The server, until its standard input ends."""
    plain, encrypted = _Server(("127.0.0.1", 0), _Answering), _Server(("127.0.0.1", 0), _Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "server.pem")
    encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True, do_handshake_on_connect=False)
    for server in (plain, encrypted):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{plain.server_port} {encrypted.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


def write_apps(home: Path, plain: int, encrypted: int) -> None:
    """``keyed`` with a key over plain connections, ``tls`` with tokens over encrypted ones."""
    import yaml

    token = {
        "auth_mode": "OAUTH2",
        "grant_type": "client_credentials",
        "token_url": f"https://127.0.0.1:{encrypted}/token",
    }
    key = {"auth_mode": "API_KEY", "fields": [{"name": "api_key"}], "proxy": {"headers": {"X-Api-Key": "{{api_key}}"}}}
    for app, scheme, server in (("keyed", key, f"http://127.0.0.1:{plain}"), ("tls", token, f"https://127.0.0.1:{encrypted}")):
        folder = home / "apps" / app
        folder.mkdir(parents=True)
        paths = {
            f"/{name}": {"get": {"summary": f"Get {name}", "operationId": name, "responses": {"200": {"description": "ok"}}}}
            for name in ("kept", "closed", *(f"thing_{number}" for number in range(40)))
        }
        paths["/close"] = paths.pop("/closed")
        document = {"openapi": "3.0.3", "info": {"title": app, "version": "1"}, "servers": [{"url": server}], "paths": paths}
        (folder / "openapi.json").write_text(json.dumps(document))
        definition = {"name": app, "unique_key": app, "spec": {"file": "openapi.json"}, "auth_schemes": [scheme]}
        (folder / "integration.yaml").write_text(yaml.safe_dump({**definition, "important": ["kept", "closed"]}))


class Peer:
    """What a process does with its toolset, in its threads and in its children."""

    def __init__(self, home: Path) -> None:
        from composio import ComposioToolSet

        self.home = home
        self.toolset: ComposioToolSet[Any] = ComposioToolSet(home=home, entity_id="ada")
        self.accounts = self.toolset.backend.accounts

    def connect(self) -> None:
        """The connections that everything else uses."""
        for app, values in (("keyed", {"api_key": "k"}), ("tls", None)):
            self.toolset.initiate_connection(app=app, entity_id="ada", connected_account_params=values)

    def call(self, name: str) -> None:
        result = self.toolset.execute_action(name, {}, entity_id="ada")
        assert result["successful"], result

    def acall(self, name: str) -> None:
        result = asyncio.run(self.toolset.aexecute_action(name, {}, entity_id="ada"))
        assert result["successful"], result

    def renew(self) -> None:
        [one] = self.toolset.get_connected_accounts(app="tls", entity_id="ada")
        self.toolset.backend.run(functools.partial(self.accounts.refresh_connection, one.id))

    def add(self) -> None:
        entity = f"{os.getpid()}-{threading.get_ident()}-{time.monotonic_ns()}"
        self.toolset.initiate_connection(app="keyed", entity_id=entity, connected_account_params={"api_key": "k"})

    def read(self) -> None:
        assert len(self.toolset.get_action_schemas(apps=["keyed", "tls"])) == 4
        assert self.toolset.find_actions_by_use_case("keyed", use_case="get thing 7")

    def start_anew(self) -> None:
        """As a request of a web application may: another toolset, over the same files."""
        from composio import ComposioToolSet

        with ComposioToolSet(home=self.home) as other:
            assert other.execute_action("KEYED_GET_KEPT", {}, entity_id="ada")["successful"]

    def work(self) -> list[Callable[[], None]]:
        return [
            functools.partial(self.call, "KEYED_GET_KEPT"),
            functools.partial(self.call, "TLS_GET_CLOSED"),
            functools.partial(self.call, "TLS_GET_KEPT"),
            functools.partial(self.acall, "TLS_GET_CLOSED"),
            self.renew,
            self.add,
            self.read,
            self.start_anew,
        ]


def fork(home: Path, *, warm: bool) -> None:
    """Keep threads busy, fork, and say what became of the children."""
    with (home / "traces").open("w") as traces:
        faulthandler.register(signal.SIGUSR1, traces, all_threads=True)
        peer = Peer(home)
        stop, rounds, failed = threading.Event(), Counter[int](), list[str]()

        def busy(number: int, one: Callable[[], None]) -> None:
            while not stop.is_set():
                try:
                    one()
                except Exception as error:
                    failed.append(f"{number}: {type(error).__name__}: {error}")
                    raise
                rounds[number] += 1

        work = peer.work()
        threads = [threading.Thread(target=busy, args=item, daemon=True) for item in enumerate(work)]
        for thread in threads:
            thread.start()
        while warm and len(rounds) < len(work) and not failed:
            time.sleep(0.01)
        children = []
        for number in range(CHILDREN):
            child = os.fork()
            if child == 0:
                os._exit(_child(peer, number))
            children.append(child)
            time.sleep(0.01 if warm else 0.03)
        ended = _ended(children)
        stop.set()
        for thread in threads:
            thread.join()
    sys.stdout.write(json.dumps({"children": ended, "failed": failed, "traces": (home / "traces").read_text()[:20_000]}))


def _child(peer: Peer, number: int) -> int:
    """All that its parent does; another half of it first."""
    work = peer.work()
    for one in (*work[number % len(work) :], *work[: number % len(work)]):
        try:
            one()
        except Exception:
            faulthandler.dump_traceback(all_threads=False)
            import traceback

            traceback.print_exc()
            return 1
    return 0


def _ended(children: list[int]) -> dict[str, int]:
    """How many children ended how; those that hang are asked where, and killed."""
    until, found = time.monotonic() + _PATIENCE, Counter[str]()
    while children:
        for child in list(children):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                children.remove(child)
                found[f"exit {os.waitstatus_to_exitcode(status)}"] += 1
        if time.monotonic() > until:
            for child in children:
                os.kill(child, signal.SIGUSR1)
                time.sleep(0.5)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            found["hung"] += len(children)
            break
        time.sleep(0.02)
    return dict(found)


@contextmanager
def serving(home: Path) -> Iterator[dict[str, str]]:
    """The server and what it needs in ``home``; the environment of those who call it."""
    pem = certificate(home)
    command = [sys.executable, "-P", __file__, str(home), "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        plain, encrypted = (int(port) for port in process.stdout.readline().split())
        write_apps(home, plain, encrypted)
        yield {
            **os.environ,
            "COMPOSIO_ENCRYPTION_KEY": "11" * 32,
            "COMPOSIO_OAUTH_TLS_CLIENT_ID": "c",
            "COMPOSIO_OAUTH_TLS_CLIENT_SECRET": "s",
            "SSL_CERT_FILE": str(pem),
        }
        assert process.stdin is not None
        process.stdin.close()


def forked(home: Path, environ: dict[str, str], *, warm: bool) -> Any:
    """What became of the children of one process: how many ended how, and where those that hung were."""
    command = [sys.executable, "-P", __file__, str(home), "fork", str(int(warm))]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=_PATIENCE * 2, check=False)
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "said": done.stderr[-5000:]}


def main(home: Path, what: str, *warm: str) -> None:
    """One of the processes."""
    if what == "serve":
        serve(home)
    elif what == "connect":
        Peer(home).connect()
    else:
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: this process has threads, which is the point
        fork(home, warm=warm == ("1",))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
