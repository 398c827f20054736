"""J1, from the first ticket to a mini-program code, through the HTTP API, by what people and WeChat would send."""

import html
import http.cookiejar
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SHOP = "wx7c3e19a2b84d5f06"


class Api:
    """The operators' API, signed in."""

    def __init__(self, base: str, key: str):
        self.base, self.key = base, key

    def __call__(self, method: str, path: str, body=None, wanted=(200, 201, 202, 204)):
        request = urllib.request.Request(self.base + path, method=method)
        request.add_header("Authorization", f"Bearer {self.key}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        expect(status in wanted, f"{method} {path} is answered {status}: {content[:2000].decode(errors='replace')}")
        try:
            return json.loads(content)
        except ValueError:
            return content


class WeChat:
    """The simulated WeChat."""

    def __init__(self, base: str):
        self.base = base

    def __call__(self, verb: str, body=None) -> dict:
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self.base}/simulator/{verb}", data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            sys.exit(f"WeChat answers {verb}: {error.read().decode(errors='replace')}")


def expect(condition, words: str) -> None:
    if not condition:
        sys.exit(words)


def until(what: str, seconds: float, look):
    """What `look` answers, as soon as that is something."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        expect(time.monotonic() < end, f"not within {seconds:.0f} s: {what}")
        time.sleep(0.5)


def authorize_by_link(base: str, component: str, shop: str = SHOP) -> None:
    """What a merchant does: opens the page, follows its link, agrees on WeChat's page, and comes back."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    browser.addheaders = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0")]
    start = f"{base}/authorize/{component}"
    page = browser.open(start, timeout=40).read().decode()
    link = re.search(rf'href="([^"]*/authorize/{component}/go[^"]*)"', page)
    expect(link, f"the page has no link: {page[:2000]}")
    address = urllib.parse.urljoin(start, html.unescape(link[1]))
    at_wechat = browser.open(urllib.request.Request(address, headers={"Referer": start}), timeout=40)
    form = at_wechat.read().decode()
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    expect(fields, f"WeChat's page: {form[:2000]}")
    sets = re.findall(r'name="permission_set" value="(\d+)"', form)
    agreed = [(name, html.unescape(value)) for name, value in fields]
    agreed += [("appid", shop), *(("permission_set", one) for one in sets)]
    action = urllib.parse.urljoin(at_wechat.url, re.search(r'action="([^"]*)"', form)[1])
    back = browser.open(action, urllib.parse.urlencode(agreed).encode(), timeout=60)
    expect(back.url.startswith(base), f"WeChat did not send the merchant back: {back.url}")
    expect("授权成功" in back.read().decode(), "the merchant was not told of success")


def first_release(base: str, component: str, api: Api, wechat: WeChat) -> None:
    platform = f"/v1/components/{component}"
    shop = f"{platform}/mini-programs/{SHOP}"
    expect(until("a component token", 130, lambda: api("GET", platform)["token"])["state"] == "active", "no token")

    authorize_by_link(base, component)
    account = until("the merchant's profile", 60, lambda: known(api, shop))
    expect(account["missing_permission_sets"] == [], f"permissions: {account}")

    domains = {
        "requestdomain": ["https://api.noodles.example.com"], "wsrequestdomain": ["wss://push.noodles.example.com"],
        "uploaddomain": ["https://api.noodles.example.com"], "downloaddomain": ["https://api.noodles.example.com"],
    }
    api("PUT", f"{shop}/server-domains", {"domains": domains})
    draft = api("GET", f"{platform}/drafts")["drafts"][0]["draft_id"]
    template = api("POST", f"{platform}/templates", {"draft_id": draft})["template_id"]
    api("PUT", f"{shop}/trial", {
        "template_id": template, "user_version": "1.0.0", "user_desc": "首次发布", "ext": {"ext": {"shop": "8812"}},
    })
    expect_picture(api("GET", f"{shop}/trial/qr-code"))
    api("POST", f"{shop}/testers", {"wechat_id": "tester001"})
    until("ready for review", 60, lambda: api("GET", f"{shop}/preflight")["ready"])
    api("POST", f"{shop}/review", {})
    until("in review", 60, lambda: api("GET", f"{shop}/review")["state"] == "in-review")
    wechat("approve", {"appid": SHOP})
    # The event carries no audit id: bus, rule, queue and function stand between it and this.
    until("approved", 60, lambda: api("GET", f"{shop}/review")["state"] == "approved")
    released = api("POST", f"{shop}/release")
    expect(released["online"]["user_version"] == "1.0.0", f"released: {released}")
    expect_picture(api("POST", f"{shop}/code", {"kind": "getwxacode", "path": "pages/index/index"}))
    kinds = [entry["kind"] for entry in api("GET", f"{shop}/timeline")["entries"]]
    for kind in ("merchant.authorized", "release.submitted", "release.approved", "release.released"):
        expect(kind in kinds, f"{kind} is not in the timeline: {kinds}")


def rollout_of_one(component: str, api: Api, wechat: WeChat) -> None:
    """A second version by a rollout: planned, started, submitted, approved and released by the queues' functions."""
    platform = f"/v1/components/{component}"
    api("POST", f"{platform}/tags", {"appids": [SHOP], "add": ["restaurant"]})
    template = api("GET", f"{platform}/templates")["templates"][0]["template_id"]
    order = {
        "name": "夏季菜单", "query": {"tags": {"any": ["restaurant"]}}, "template_id": template,
        "user_version": "1.1.0", "ext": {"ext": {"shop": "8812"}}, "waves": [{"percent": 100}],
    }
    rollout = f"{platform}/rollouts/{api('POST', f'{platform}/rollouts', order)['id']}"
    planned = until("a plan", 90, lambda: digest_of(api("GET", rollout)))
    api("POST", f"{rollout}/start", {"plan_digest": planned})
    review = f"{platform}/mini-programs/{SHOP}/review"
    until("the rollout's review", 180, lambda: api("GET", review)["state"] == "in-review")
    wechat("approve", {"appid": SHOP})
    until("the end of the rollout", 180, lambda: api("GET", rollout)["state"] == "finished")
    online = api("GET", f"{platform}/mini-programs/{SHOP}/versions")
    expect("1.1.0" in json.dumps(online), f"what is online: {online}")


def digest_of(rollout: dict):
    return rollout["plan"]["digest"] if rollout["state"] == "planned" else None


def relayed_call(base: str, component: str, api: Api) -> None:
    """A machine's call through the relay, with the right token put in."""
    machine = {"name": "订单系统", "role": "machine", "scopes": ["relay"], "paths": ["/wxa/*"]}
    relay = Api(base, api("POST", "/v1/keys", machine)["secret"])
    versions = relay("POST", f"/relay/{component}/{SHOP}/wxa/getversioninfo", {})
    expect(versions["errcode"] == 0, f"WeChat answers {versions}")


def delivery_noted(api: Api) -> None:
    """A webhook that cannot be reached: the function tries, and writes down what came of it."""
    hook = api("POST", "/v1/webhooks", {"url": "https://hooks.example.com/wechat", "filter": {"kinds": ["*"]}})
    path = f"/v1/webhooks/{hook['webhook']['id']}"
    api("POST", f"{path}/test")
    until("an attempt", 90, lambda: "attempt" in json.dumps(api("GET", f"{path}/deliveries")["deliveries"]))


def known(api: Api, shop: str):
    account = api("GET", shop, wanted=(200, 404))
    return account if account.get("authorized") and account.get("name") == "城南面馆" else None


def expect_picture(content) -> None:
    is_picture = isinstance(content, bytes) and content.startswith((b"\x89PNG", b"\xff\xd8\xff"))
    expect(is_picture, f"no picture: {content[:200]}")
