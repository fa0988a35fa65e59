# SPDX-License-Identifier: MIT
"""ssl: handshakes over sockets and in memory, verification, ALPN, server names, https, asyncio, two threads on one connection."""
import asyncio
import hashlib
import http.server
import os
import socket
import ssl
import sysconfig
import threading
import urllib.error
import urllib.request
from _check import raises

certificates = os.path.join(sysconfig.get_path("stdlib"), "test")
CERT, CA = os.path.join(certificates, "keycert3.pem"), os.path.join(certificates, "pycacert.pem")


def server_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def client_context():
    context = ssl.create_default_context(cafile=CA)
    context.set_alpn_protocols(["http/1.1"])
    return context


# in memory
def pump(*ends):
    """ends: pairs of an SSL object and what is still to be done with it"""
    waiting, results = dict(enumerate(ends)), {}
    while waiting:
        for number, (_, action) in list(waiting.items()):
            try:
                results[number] = action()
                del waiting[number]
            except ssl.SSLWantReadError as e:
                assert e.errno == ssl.SSL_ERROR_WANT_READ and str(e).startswith("The operation did not complete (read)")
    return results


asked = []
context = server_context()
context.sni_callback = lambda connection, name, on: asked.append((type(connection), name, on is context))
a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
client = client_context().wrap_bio(a, b, server_hostname="localhost")
server = context.wrap_bio(b, a, server_side=True)
pump((client, client.do_handshake), (server, server.do_handshake))
assert asked == [(ssl.SSLObject, "localhost", True)] and client.version() == server.version() == "TLSv1.3"
assert client.selected_alpn_protocol() == "http/1.1" and client.cipher()[1] == "TLSv1.3"
certificate = client.getpeercert()
assert ("DNS", "localhost") in certificate["subjectAltName"] and certificate["version"] == 3 and server.getpeercert() is None
assert ssl.cert_time_to_seconds(certificate["notAfter"]) > ssl.cert_time_to_seconds(certificate["notBefore"])
assert ssl.PEM_cert_to_DER_cert(ssl.DER_cert_to_PEM_cert(client.getpeercert(True))) == client.getpeercert(True)
assert client.write(b"hello") == 5 and server.read() == b"hello"
buffer = bytearray(3)
server.write(b"abcdef")
assert client.read(3, buffer) == 3 and buffer == b"abc" and client.pending() == 3 and client.read(10) == b"def"
raises(ssl.SSLWantReadError, client.read, 1)

# errors
raises(ValueError, ssl.SSLContext, 99)
raises(FileNotFoundError, client_context().load_verify_locations, "/nonexistent.pem")
try:
    client_context().load_verify_locations(cadata="no certificate")
except ssl.SSLError as e:
    assert "no start line" in str(e)
plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
raises(ValueError, setattr, plain, "verify_mode", ssl.CERT_NONE)
raises(ValueError, plain.wrap_bio, a, b, server_hostname="")
assert ssl.Purpose.SERVER_AUTH.shortname == "serverAuth" and ssl.OPENSSL_VERSION_INFO[0] == 3 and len(ssl.RAND_bytes(7)) == 7


# https with urllib, in threads
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode() * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass


web = Quiet(("localhost", 0), Page)
web.socket = server_context().wrap_socket(web.socket, server_side=True)
threading.Thread(target=web.serve_forever, daemon=True).start()
url = f"https://localhost:{web.server_port}"
got = {}


def fetch(path):
    with urllib.request.urlopen(url + path, context=client_context(), timeout=30) as reply:
        got[path] = reply.read()


threads = [threading.Thread(target=fetch, args=(f"/{i}",)) for i in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert got == {f"/{i}": f"/{i}".encode() * 1000 for i in range(6)}
try:
    urllib.request.urlopen(url, timeout=30)
except urllib.error.URLError as e:
    assert isinstance(e.reason, ssl.SSLCertVerificationError) and e.reason.verify_code in (18, 19, 20) and e.reason.library == "SSL"
    assert e.reason.reason == "CERTIFICATE_VERIFY_FAILED" and "certificate verify failed" in str(e.reason)
else:
    assert False
web.shutdown()
web.server_close()

# one thread reads, another writes, on blocking sockets
left, right = socket.socketpair()
ends = {}


def accept():
    ends["server"] = server_context().wrap_socket(right, server_side=True)


thread = threading.Thread(target=accept)
thread.start()
ends["client"] = client_context().wrap_socket(left, server_hostname="localhost")
thread.join()
data, digests = os.urandom(1 << 20), {}


def read_all(name):
    digest, n = hashlib.sha256(), 0
    while n < len(data):
        part = ends[name].recv(1 << 15)
        n += len(part)
        digest.update(part)
    digests[name] = digest.hexdigest()


threads = [threading.Thread(target=read_all, args=(name,)) for name in ends] + \
          [threading.Thread(target=end.sendall, args=(data,)) for end in ends.values()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert digests == dict.fromkeys(ends, hashlib.sha256(data).hexdigest())
ends["client"].settimeout(0.05)
raises(TimeoutError, ends["client"].recv, 1)
ends["server"].close()
assert ends["client"].recv(1) == b""
ends["client"].close()


# asyncio
async def echo(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def conversation():
    server = await asyncio.start_server(echo, "localhost", 0, ssl=server_context())
    port = server.sockets[0].getsockname()[1]

    async def ask(word):
        reader, writer = await asyncio.open_connection("localhost", port, ssl=client_context())
        writer.write(word + b"\n")
        answer = await reader.readline()
        writer.close()
        return answer

    assert await asyncio.gather(*(ask(b"word%d" % i) for i in range(5))) == [b"WORD%d\n" % i for i in range(5)]
    server.close()
    await server.wait_closed()


asyncio.run(conversation())
