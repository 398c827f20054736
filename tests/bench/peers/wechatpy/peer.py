#!/usr/bin/env python3
"""wechatpy's own way from the bytes of a push to what it says, for `bench callback`.

A line of JSON in, a line of JSON out, see tests/bench/src/verdict/peer.rs.
"""

import json
import sys
import time

import wechatpy
from wechatpy.component import WeChatComponent
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.session.memorystorage import MemoryStorage


def main():
    keys = json.loads(sys.stdin.readline())
    component = WeChatComponent(
        keys["appid"], "secret", keys["token"], keys["encoding_aes_key"], session=MemoryStorage()
    )
    version = ".".join(map(str, sys.version_info[:3]))
    print(json.dumps({"version": f"wechatpy {wechatpy.__version__}, Python {version}"}), flush=True)

    def whole(push):
        return component.parse_message(push["body"], push["msg_signature"], push["timestamp"], push["nonce"])

    def cryptography(push):
        envelope = {"Encrypt": push["encrypt"]}
        return component.crypto.decrypt_message(
            envelope, push["msg_signature"], push["timestamp"], push["nonce"]
        )

    def unless_refused(part, push):
        try:
            return part(push)
        except (InvalidSignatureException, InvalidAppIdException):
            return None

    def verdict(push):
        message, read = unless_refused(cryptography, push), unless_refused(whole, push)
        if (message is None) != (read is None):
            sys.exit("the parts do not agree")
        return {"message": message, "info_type": read and read._data["InfoType"]}

    parts = {"whole": whole, "cryptography": cryptography}
    for line in sys.stdin:
        asked = json.loads(line)
        pushes, part = asked["pushes"], parts[asked["part"]]
        verdicts = [verdict(push) for push in pushes]
        began = time.process_time()
        for _ in range(asked["times"]):
            for push in pushes:
                part(push)
        cpu = time.process_time() - began
        print(json.dumps({"verdicts": verdicts, "cpu": cpu}), flush=True)


main()
