"""Where no guarded request may go, and what shows that it didn't: a server that counts, and a resolver that follows a table."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import httpx

__all__ = ["LITERALS", "PUBLIC", "RESOLVED", "URLS", "VECTORS", "Fetch", "Resolver", "Server"]

Fetch: TypeAlias = Callable[..., httpx.Response]
PUBLIC = "93.184.216.34"

# Hosts as a tenant may write them into a field.
LITERALS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1.2.3",
    "127.1",
    "0",
    "0.0.0.0",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0X7F.1",
    "0177.0.0.1",
    "017700000001",
    "2130706433",
    "2130706433.",
    "127.0.0.0x1",
    "10.1.2.3",
    "10.0.258",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "3232235777",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "169.254.43518",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[2001:4860::5efe:10.0.0.1]",
    "[2001:4860::200:5efe:127.0.0.1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[100::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "localhost.localdomain",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "printer.local",
    "router.home.arpa",
    # Internationalised digits and dots: the URL's own reading makes ASCII of some, and refuses the others.
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127．0．0．1",
    "ⓛocalhost",
    "ｌocalhost",
    "loc\u00adalhost",
    "127.0.0.1%2f",
    "127%2e0%2e0%2e1",
    "127.0.0.1%00.example.com",
    "a..example.com",
    ".example.com",
    "*.example.com",
    "a_" + "b" * 63 + ".example.com",
    "a." * 127 + "com",
]
# Names whose addresses a resolver tells.
RESOLVED: dict[str, list[str]] = {
    "loopback.example.com": ["127.0.0.1"],
    "private.example.com": ["10.0.0.5"],
    "one-of-two.example.com": [PUBLIC, "192.168.0.1"],
    "two-of-two.example.com": ["192.168.0.1", PUBLIC],
    "v6-behind.example.com": [PUBLIC, "::1"],
    "linklocal.example.com": ["169.254.169.254"],
    "zone.example.com": ["fe80::1%eth0"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "nat64.example.com": ["64:ff9b::a00:1"],
    "sixtofour.example.com": ["2002:c0a8:1::1"],
    "ula.example.com": ["fd12:3456::1"],
    "zero.example.com": ["0.0.0.0"],
    "cgnat.example.com": ["100.64.1.1"],
    "multicast.example.com": ["224.0.0.251"],
    "broadcast.example.com": ["255.255.255.255"],
    "searched": ["10.0.0.7"],
}
URLS = [
    "ftp://files.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "unix:///var/run/docker.sock",
    "ws://loopback.example.com/",
    "https://user:pw@api.example.com/",
    "https://api.example.com@127.0.0.1/",
    "//127.0.0.1/",
    "http://93.184.216.34:99999/",
    "http://93.184.216.34:0/",
    "/relative",
    "http:///",
]
VECTORS = [f"http://{host}{{port}}/" for host in (*LITERALS, *RESOLVED)] + URLS


class Resolver:
    """Answers by a table, one list after the other where there are several; ``asked`` has the names."""

    def __init__(self, *answers: Sequence[str], **table: list[str]) -> None:
        self.answers, self.table, self.asked = list(answers), table, list[str]()

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if self.answers:
            return list(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        found = self.table.get(host)
        if found is None:
            raise OSError(-2, "Name or service not known")
        return found


class Server:
    """Answers on loopback with what it was asked; ``seen`` has a line for each request, ``connections`` a peer for each."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[str] = []
        self.connections: list[Any] = []
        seen, connections = self.seen, self.connections

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body leave in one segment

            def do_GET(self) -> None:
                seen.append(f"{self.path} {self.headers['host']}")
                body = self.path.encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Counting(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing: clients leave in the middle here."""

            def verify_request(self, request: Any, client_address: Any) -> bool:
                connections.append(client_address)
                return True

        self.httpd = Counting(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.httpd.socket = tls.wrap_socket(self.httpd.socket, server_side=True)
        self.port = self.httpd.server_port
        self.thread = threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.httpd.shutdown()
        self.thread.join()
        self.httpd.server_close()
