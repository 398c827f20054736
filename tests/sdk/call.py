#!/usr/bin/env python3
"""Strangers' SDKs through the relay: wechatpy from PyPI and co-wechat-api from npm, as they are.

Neither knows anything of this system. Each is given another base address, and a machine's key in the place
of an AppSecret; then it gets its token, calls, uploads and draws as it would at WeChat.

    call.py [--binary target/debug/wechat-fleet] [--npm DIRECTORY]

DIRECTORY is where `npm ci` has installed package-lock.json; without it, npm's SDK is left out.
"""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import requests.adapters
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sender"))
from send import local_system  # noqa: E402: it lies beside us

SHOP = "wx7c3e19a2b84d5f06"
WECHAT = "https://api.weixin.qq.com"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100
PATIENCE = 30


class Elsewhere(requests.adapters.HTTPAdapter):
    """The SDK spells WeChat's address in several places: this is the one setting that it lacks."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def send(self, request, **options):
        request.url = request.url.replace(WECHAT, self.base, 1)
        return super().send(request, **options)


def ask(method, url, key=None, body=None):
    """The JSON that a request is answered with; fails on any error."""
    request = urllib.request.Request(url, method=method, headers={"Content-Type": "application/json"})
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}")


def prepare(system):
    """A merchant authorizes and a machine gets a key. The relay's address, and the key with its id."""
    base, admin, component = system["base_url"], system["admin_key"], system["component"]["appid"]
    # The first ticket is pushed when the system is ready.
    until = time.monotonic() + PATIENCE
    while ask("GET", f"{base}/v1/components/{component}", admin)["ticket"] is None:
        if time.monotonic() > until:
            sys.exit("no ticket came")
        time.sleep(0.2)
    ask("POST", f"{system['simulator_url']}/simulator/authorize", body={"appid": SHOP})
    shops = []
    while SHOP not in shops:
        if time.monotonic() > until:
            sys.exit("the merchant did not get through")
        time.sleep(0.2)
        listed = ask("GET", f"{base}/v1/components/{component}/mini-programs", admin)
        shops = [shop["appid"] for shop in listed["mini_programs"]]
    wanted = {"name": "订单系统", "role": "machine", "scopes": ["relay"], "accounts": [SHOP]}
    made = ask("POST", f"{base}/v1/keys", admin, wanted)
    return f"{base}/relay/{component}/{SHOP}", made["secret"], made["key"]["id"]


def play_wechatpy(base, secret, revoke):
    client = WeChatClient(SHOP, secret)
    client._http.trust_env = False
    client._http.mount(WECHAT, Elsewhere(base))

    categories = client.wxa.get_category()
    assert categories, "a mini program has a category"
    print("wechatpy: JSON   ", categories[0])

    uploaded = client.media.upload("image", ("a.png", io.BytesIO(PICTURE)))
    assert uploaded["media_id"], uploaded
    print("wechatpy: upload ", uploaded["type"], uploaded["created_at"])

    picture = client.wxa.get_wxa_code("pages/index/index?table=7").content
    assert picture.startswith((b"\xff\xd8\xff", b"\x89PNG")), picture[:200]
    print("wechatpy: picture", len(picture), "bytes")

    token = client.access_token
    assert token.startswith("wfr_"), "the SDK holds none of WeChat's tokens"
    try:
        client.wxa.release()
        sys.exit("wechatpy could release past the release record")
    except WeChatClientException as refused:
        told = refused.response.json()
        assert refused.response.status_code == 403 and "/v1/" in told["what_to_do"], told
        print("wechatpy: refused", told["errcode"], told["what_to_do"])

    # As after two hours: the SDK finds its token refused, fetches another and goes on by itself.
    client.session.set(client.access_token_key, token[:-4] + "AAAA", 7200)
    assert client.wxa.get_category() == categories
    assert client.access_token != token[:-4] + "AAAA"
    print("wechatpy: fetched another token by itself")

    revoke()
    try:
        client.wxa.get_category()
        sys.exit("wechatpy could call with a revoked key")
    except WeChatClientException as refused:
        assert refused.errcode == 40125, refused
        print("wechatpy: revoked", refused.errcode, refused.errmsg)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=HERE.parents[1] / "target/debug/wechat-fleet", type=pathlib.Path)
    parser.add_argument("--npm", type=pathlib.Path, help="where npm's SDK is installed")
    arguments = parser.parse_args()
    with local_system(arguments.binary) as system:
        base, secret, key = prepare(system)
        if arguments.npm:
            settings = json.dumps({"base": base, "appid": SHOP, "secret": secret})
            command = ["node", HERE / "call.cjs", arguments.npm.resolve()]
            subprocess.run(command, input=settings, text=True, check=True, timeout=60)
        else:
            print("co-wechat-api: left out, for npm's packages are not installed")
        admin = system["admin_key"]
        play_wechatpy(base, secret, lambda: ask("DELETE", f"{system['base_url']}/v1/keys/{key}", admin))
    print("strangers' SDKs work")


if __name__ == "__main__":
    main()
