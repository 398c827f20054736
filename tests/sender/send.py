#!/usr/bin/env python3
"""An independent sender: pushes encrypted by the PyPI package wechatpy, and forgeries of them.

Our own tests encrypt with our own code, and two halves with the same mistake agree with each other. This
script starts the local system and plays WeChat with somebody else's cryptography: what is genuine has to
be answered with 200 `success`, what is forged with another status and one constant, short body.

    send.py [--binary target/debug/wechat-fleet | --ready-file FILE]

With --ready-file it speaks to a system that runs already.
"""

import argparse
import base64
import contextlib
import hashlib
import http.client
import json
import pathlib
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto

MERCHANT = "wxd101a85aa106f53e"
START_LIMIT = 60
ANSWER_LIMIT = 10
# Room for a word, not for an explanation.
SHORT = 64


class Push:
    """One request as WeChat sends it, open to be tampered with before it goes out."""

    def __init__(self, component, path, message, envelope="AppId", token=None, appid=None, cipher=None):
        token = token or component["token"]
        self.path = path
        self.timestamp = str(int(time.time()))
        self.nonce = str(secrets.randbelow(10**10))
        self.envelope = (envelope, component["appid"] if envelope == "AppId" else "gh_97417a04a28d")
        if cipher is None:
            crypto = WeChatCrypto(token, component["encoding_aes_key"], appid or component["appid"])
            sealed = xmltodict.parse(crypto.encrypt_message(message, self.nonce, self.timestamp))["xml"]
            self.encrypt, self.msg_signature = sealed["Encrypt"], sealed["MsgSignature"]
        else:
            self.encrypt = cipher
            self.msg_signature = sha1_of_sorted(token, self.timestamp, self.nonce, cipher)
        self.signature = sha1_of_sorted(token, self.timestamp, self.nonce)
        self.query = {
            "signature": self.signature,
            "timestamp": self.timestamp,
            "nonce": self.nonce,
            "encrypt_type": "aes",
            "msg_signature": self.msg_signature,
        }
        self.head = ""

    def body(self):
        name, value = self.envelope
        return (
            f"{self.head}<xml><{name}><![CDATA[{value}]]></{name}>"
            f"<Encrypt><![CDATA[{self.encrypt}]]></Encrypt></xml>"
        ).encode()

    def send(self, base_url, body=None):
        """Status and body of the answer; status 0 when the connection was cut instead."""
        address = urllib.parse.urlsplit(base_url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=ANSWER_LIMIT)
        with contextlib.closing(connection):
            try:
                connection.request(
                    "POST",
                    f"{self.path}?{urllib.parse.urlencode(self.query)}",
                    body=self.body() if body is None else body,
                    headers={"Content-Type": "text/xml"},
                )
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (ConnectionError, http.client.RemoteDisconnected, socket.timeout) as cut:
                return 0, repr(cut).encode()


def sha1_of_sorted(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def ticket(appid, value, at=None):
    return (
        f"<xml><AppId><![CDATA[{appid}]]></AppId><CreateTime>{at or int(time.time())}</CreateTime>"
        "<InfoType><![CDATA[component_verify_ticket]]></InfoType>"
        f"<ComponentVerifyTicket><![CDATA[{value}]]></ComponentVerifyTicket></xml>"
    )


def seal(component, plaintext):
    """Ciphertext of bytes that no honest sender would encrypt; the key is the right one."""
    cipher = PrpCrypto(base64.b64decode(component["encoding_aes_key"] + "=")).cipher
    return base64.b64encode(cipher.encrypt(plaintext)).decode()


def plaintext(component, message, length=None, padding=None):
    """`16 random bytes ‖ length ‖ message ‖ appid ‖ padding`, with a length or padding of one's choice."""
    length = len(message) if length is None else length
    text = b"0123456789abcdef" + struct.pack(">I", length) + message + component["appid"].encode()
    missing = 32 - len(text) % 32
    return text + (bytes([missing]) * missing if padding is None else padding(missing))


def uneven(count):
    """Padding whose last byte is right and whose others are not; as long as that is possible."""
    return bytes([1] * (count - 1) + [count]) if count > 1 else bytes([33])


def genuine(component):
    """Name and push of everything that has to be accepted."""
    appid = component["appid"]
    events = f"/wechat/{appid}/events"
    messages = f"/wechat/{appid}/messages/{MERCHANT}"
    fresh = Push(component, events, ticket(appid, f"ticket@@@{secrets.token_urlsafe(48)}"))
    late = Push(component, events, ticket(appid, "ticket@@@of-an-hour-ago", int(time.time()) - 3600))
    unknown = Push(
        component,
        events,
        f"<xml><AppId><![CDATA[{appid}]]></AppId><CreateTime>{int(time.time())}</CreateTime>"
        "<InfoType><![CDATA[something_of_next_year]]></InfoType><note><![CDATA[新的]]></note></xml>",
    )
    audited = Push(
        component,
        messages,
        "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>"
        "<FromUserName><![CDATA[od94JwOFPHfFHqPHvlRmnZvrM1Xs]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[weapp_audit_fail]]></Event><Reason><![CDATA[1:帐号信息不符合规范:<br>(1):包含色情因素<br>]]>"
        f"</Reason><FailTime>{int(time.time())}</FailTime></xml>",
        envelope="ToUserName",
    )
    return [
        ("a ticket", fresh),
        ("the same ticket again", fresh),
        ("a ticket older than the one before", late),
        ("an event of a kind nobody knows", unknown),
        ("a review's result, on the message address", audited),
        ("the same result again", audited),
    ]


def forgeries(component):
    """Name, push and (if not the push's own) body of everything that has to be refused."""
    appid = component["appid"]
    path = f"/wechat/{appid}/events"
    message = ticket(appid, "ticket@@@forged", int(time.time()) + 60)

    def push(**options):
        return Push(component, path, message, **options)

    flipped = push()
    raw = bytearray(base64.b64decode(flipped.encrypt))
    raw[20] ^= 1
    flipped.encrypt = base64.b64encode(raw).decode()
    yield "one bit flipped in the ciphertext", flipped, None

    yield "signed with another token", push(token="a-token-that-nobody-configured"), None
    yield "encrypted for another component", push(appid="wx0000000000000000"), None

    altered = push()
    altered.query["timestamp"] = str(int(altered.timestamp) + 1)
    yield "timestamp altered", altered, None

    altered = push()
    altered.query["nonce"] = altered.nonce + "0"
    yield "nonce altered", altered, None

    truncated = push()
    truncated.encrypt = truncated.encrypt[:-44]
    yield "ciphertext truncated", truncated, None

    cut = push()
    yield "body cut in the middle", cut, cut.body()[: len(cut.body()) // 2]

    swapped = push()
    swapped.query["msg_signature"], swapped.query["signature"] = swapped.signature, swapped.msg_signature
    yield "the two signatures swapped", swapped, None

    old = push()
    del old.query["msg_signature"]
    yield "only the signature that does not cover the body", old, None

    unsigned = push()
    unsigned.query.clear()
    yield "no query at all", unsigned, None

    doctype = push()
    doctype.head = '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    yield "a DOCTYPE before a genuine envelope", doctype, None

    # Signed by someone who knows the token but not how to encrypt: each check has to hold by itself.
    text = message.encode()
    for name, bytes_of_plaintext in [
        ("padding of nought", plaintext(component, text, padding=lambda n: bytes(n))),
        ("padding whose bytes differ", plaintext(component, text, padding=uneven)),
        ("padding longer than a block", plaintext(component, text, padding=lambda n: bytes([33]) * n)),
        ("a length beyond the end", plaintext(component, text, length=len(text) + 1000)),
        ("a length that wraps around", plaintext(component, text, length=0xFFFFFFFF)),
        ("a message that is no UTF-8", plaintext(component, text.replace(b"forged", b"\xff\xfe\xfd"))),
        ("a message with a DOCTYPE", plaintext(component, b"<!DOCTYPE a>" + text)),
    ]:
        yield name, push(cipher=seal(component, bytes_of_plaintext)), None
    yield "ciphertext of half a block", push(cipher=base64.b64encode(b"12345678").decode()), None
    yield "no ciphertext", push(cipher=""), None
    yield "ciphertext that is no base64", push(cipher="*" * 64), None

    yield "an empty body", push(), b""
    yield "a body that is no UTF-8", push(), b"\xff\xfe" * 40
    yield "elements nested ten thousand deep", push(), b"<a>" * 10_000
    huge = push()
    yield "five megabytes", huge, huge.body().replace(b"<xml>", b"<xml>" + b" " * (5 << 20))

    twice = push()
    twice.query = [*twice.query.items(), ("timestamp", "1")]
    yield "a parameter given twice", twice, None
    elsewhere = push()
    elsewhere.path = "/wechat/wx0000000000000000/events"
    yield "sent to a component that is not here", elsewhere, None
    elsewhere = push()
    elsewhere.path = "/wechat/%ff%fe/events"
    yield "sent to a component that is no UTF-8", elsewhere, None


@contextlib.contextmanager
def local_system(binary):
    """The local system on a free port with an empty data directory; yields what its ready file says."""
    with tempfile.TemporaryDirectory(prefix="wechat-fleet-sender-") as directory:
        ready = pathlib.Path(directory, "ready.json")
        log = pathlib.Path(directory, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binary, "--listen", "127.0.0.1:0", "--data", f"{directory}/data", "--ready-file", ready],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + START_LIMIT
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"the local system did not start:\n{log.read_text(errors='replace')[-4000:]}")
                time.sleep(0.05)
            yield json.loads(ready.read_text())
            if process.poll() is not None:
                sys.exit(f"the local system died:\n{log.read_text(errors='replace')[-4000:]}")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def play(system):
    """Sends everything; returns how many answers were wrong."""
    component, base_url = system["component"], system["base_url"]
    wrong = 0

    def report(good, name, status, body):
        nonlocal wrong
        wrong += not good
        print(f"{'ok   ' if good else 'WRONG'} {status} {body[:SHORT]!r:<24} {name}", flush=True)

    for name, push in genuine(component):
        status, body = push.send(base_url)
        report(status == 200 and body == b"success", name, status, body)

    bodies = set()
    for name, push, body_sent in forgeries(component):
        status, body = push.send(base_url, body_sent)
        bodies.add(body)
        report(status not in (0, 200) and len(body) <= SHORT, name, status, body)
    # The front door refuses this one: API Gateway passes on ten megabytes, Lambda six.
    flood = Push(component, f"/wechat/{component['appid']}/events", "<xml/>")
    status, body = flood.send(base_url, b" " * (11 << 20))
    report(status != 200 and (status == 0 or len(body) <= SHORT), "eleven megabytes", status, body)
    report(len(bodies) == 1, "one and the same body for every forgery", "-", b" | ".join(sorted(bodies)))

    # After all that it still works.
    appid = component["appid"]
    push = Push(component, f"/wechat/{appid}/events", ticket(appid, f"ticket@@@{secrets.token_urlsafe(48)}"))
    status, body = push.send(base_url)
    report(status == 200 and body == b"success", "a ticket, after the forgeries", status, body)
    return wrong


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=root / "target/debug/wechat-fleet", type=pathlib.Path)
    parser.add_argument("--ready-file", type=pathlib.Path, help="of a system that runs already")
    arguments = parser.parse_args()
    if arguments.ready_file:
        wrong = play(json.loads(arguments.ready_file.read_text()))
    else:
        with local_system(arguments.binary) as system:
            wrong = play(system)
    if wrong:
        sys.exit(f"{wrong} answers were wrong")


if __name__ == "__main__":
    main()
