"""What the system costs a month, by the items of AWS's bill, as docs/cost.md shows it.

    cost.py           writes docs/cost.md
    cost.py --check   fails if docs/cost.md is another

Change prices, assumptions or what was counted here, and run it.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/cost.md"
SIZES = (1_000, 10_000, 100_000)
HOURS = 730
MINUTES = HOURS * 60
MILLION = 1e6

# Dollars in us-east-1, list prices without any free tier or discount.
AS_OF = "2025-06"
PRICES = {
    "Lambda, arm64: 1 GB·s": 0.0000133334,
    "Lambda: 1 M invocations": 0.20,
    "API Gateway, HTTP API: 1 M requests": 1.00,
    "DynamoDB, on demand: 1 M write units": 0.625,
    "DynamoDB, on demand: 1 M read units": 0.125,
    "DynamoDB: storage, 1 GB a month": 0.25,
    "DynamoDB: point-in-time recovery, 1 GB a month": 0.20,
    "EventBridge: 1 M events": 1.00,
    "Scheduler: 1 M invocations": 1.00,
    "SQS: 1 M requests": 0.40,
    "KMS: a key a month": 1.00,
    "KMS: 10,000 requests": 0.03,
    "Secrets Manager: a secret a month": 0.40,
    "Secrets Manager: 10,000 requests": 0.05,
    "CloudWatch: logs taken in, 1 GB": 0.50,
    "CloudWatch: logs kept, 1 GB a month": 0.03,
    "CloudWatch: a metric of one's own a month": 0.30,
    "CloudWatch: a metric under alarm a month": 0.10,
    "CloudWatch: a dashboard a month": 3.00,
    "NAT gateway: an hour": 0.045,
    "NAT gateway: 1 GB": 0.045,
    "NAT instance, t4g.nano: an hour": 0.0042,
    "Block storage, gp3: 1 GB a month": 0.08,
    "Public address: an hour": 0.005,
    "Interface endpoint: an hour in a zone": 0.01,
    "Data out to the internet: 1 GB": 0.09,
    "X-Ray: 1 M traces": 5.00,
    "WAF: a web ACL a month": 5.00,
    "WAF: a rule a month": 1.00,
    "WAF: 1 M requests": 0.60,
}

# What the tests counted, and how to count it again.
COUNTED = {
    "write units a renewal": (2.135, "`processes steady --merchants 1000 --hours 3`"),
    "read units a renewal": (0.25, "`processes steady --merchants 10000 --hours 1`: ticks by themselves hardly count"),
    "read units a tick": (20.6, "the same: all that was read, less the renewals'"),
    "renewals a merchant and hour": (60 / 85, "`tokens::MINUTES`"),
    "write units a release": (186, "`bench rollout --sizes 1000`, its event from WeChat among them"),
    "read units a release": (40.7, "the same"),
    "events on the bus a release": (10.5, "the same"),
    "messages in queues a release": (12.6, "the same"),
    "calls to WeChat a release": (9.28, "the same"),
    "write units a push": (5.0, "the same: its item, due and done"),
    "read units a push": (1.0, "the same"),
    "hours of the audit log verified a night": (264, "`audit/watch`: a day that is new, and `AGAIN`"),
    "read units of such an hour": (62, "a unit for each minute, for its links and for the head, at least"),
}

# What nobody has counted yet: a guess at an ordinary month. Change it to yours.
ASSUMED = {
    "releases a merchant": 1,
    "pushes of WeChat a merchant (events, not users' messages)": 20,
    "relayed calls a merchant": 300,
    "requests of operators and systems a merchant": 20,
    "deliveries to webhooks a merchant": 10,
    "write units of what a push leads to": 5,
    "read units of a relayed call, a request, what a push leads to": 4,
    "seconds that a tick lasts without merchants": 0.5,
    "milliseconds of a renewal, sixty-four being under way at once": 5,
    "seconds that a function runs for a push, a call, a request": 0.25,
    "seconds that functions run for a release": 6,
    "kB logged a run of a function": 1,
    "kB kept a merchant": 20,
    "kB to and from WeChat a call": 6,
    "own metrics a component (one component)": 12,
}


def c(name):
    return COUNTED[name][0]


def bill(merchants):
    """Dollars a month, by item; and how much of each there is."""
    price, a = PRICES, ASSUMED
    releases = merchants * a["releases a merchant"]
    pushes = merchants * a["pushes of WeChat a merchant (events, not users' messages)"] + 6 * HOURS
    relayed = merchants * a["relayed calls a merchant"]
    requests = merchants * a["requests of operators and systems a merchant"]
    deliveries = merchants * a["deliveries to webhooks a merchant"]
    renewals = merchants * c("renewals a merchant and hour") * HOURS
    events = 2 * pushes + releases * c("events on the bus a release")
    runs = MINUTES + 2 * pushes + relayed + requests + deliveries + 3 * releases
    seconds = (
        MINUTES * a["seconds that a tick lasts without merchants"]
        + renewals * a["milliseconds of a renewal, sixty-four being under way at once"] / 1000
        + (2 * pushes + relayed + requests + deliveries) * a["seconds that a function runs for a push, a call, a request"]
        + releases * a["seconds that functions run for a release"]
    )
    gigabyte_seconds = seconds * 0.25 + (relayed + requests) * 0.25 * 0.25
    writes = (
        renewals * c("write units a renewal") + releases * c("write units a release")
        + pushes * (c("write units a push") + a["write units of what a push leads to"]) + requests
    )
    reads = (
        renewals * c("read units a renewal") + MINUTES * c("read units a tick") + releases * c("read units a release")
        + pushes * c("read units a push")
        + HOURS / 24 * c("hours of the audit log verified a night") * c("read units of such an hour")
        + (pushes + relayed + requests) * a["read units of a relayed call, a request, what a push leads to"]
    )
    stored = merchants * a["kB kept a merchant"] / MILLION
    logged = (runs * a["kB logged a run of a function"] + (pushes + relayed + requests) * 0.4) / MILLION
    # Three pollers of each of four queues ask every twenty seconds; the rest is what they find.
    messages = 4 * 3 * 3 * MINUTES + 3 * (2 * pushes + releases * c("messages in queues a release"))
    calls = renewals + relayed + releases * c("calls to WeChat a release") + 2 * requests
    out = calls * a["kB to and from WeChat a call"] / MILLION
    return [
        ("Lambda: runs", f"{runs / MILLION:,.1f} M", runs / MILLION * price["Lambda: 1 M invocations"]),
        ("Lambda: time", f"{gigabyte_seconds / 1000:,.0f} k GB·s", gigabyte_seconds * price["Lambda, arm64: 1 GB·s"]),
        ("HTTP API", f"{(pushes + relayed + requests) / MILLION:,.2f} M requests",
         (pushes + relayed + requests) / MILLION * price["API Gateway, HTTP API: 1 M requests"]),
        ("DynamoDB: writes", f"{writes / MILLION:,.1f} M units", writes / MILLION * price["DynamoDB, on demand: 1 M write units"]),
        ("DynamoDB: reads", f"{reads / MILLION:,.1f} M units", reads / MILLION * price["DynamoDB, on demand: 1 M read units"]),
        ("DynamoDB: storage and recovery", f"{stored:,.2f} GB",
         stored * (price["DynamoDB: storage, 1 GB a month"] + price["DynamoDB: point-in-time recovery, 1 GB a month"])),
        ("EventBridge and Scheduler", f"{(events + MINUTES) / MILLION:,.2f} M",
         events / MILLION * price["EventBridge: 1 M events"] + MINUTES / MILLION * price["Scheduler: 1 M invocations"]),
        ("SQS", f"{messages / MILLION:,.1f} M requests", messages / MILLION * price["SQS: 1 M requests"]),
        ("KMS and Secrets Manager", "1 key, 2 secrets",
         price["KMS: a key a month"] + 2 * price["Secrets Manager: a secret a month"]
         + 12 * 10 * HOURS / 1e4 * (price["KMS: 10,000 requests"] + price["Secrets Manager: 10,000 requests"])),
        ("CloudWatch: logs", f"{logged:,.1f} GB",
         logged * (price["CloudWatch: logs taken in, 1 GB"] + price["CloudWatch: logs kept, 1 GB a month"])),
        ("CloudWatch: metrics, alarms, dashboard", f"{a['own metrics a component (one component)']} + {ALARMED}",
         a["own metrics a component (one component)"] * price["CloudWatch: a metric of one's own a month"]
         + ALARMED * price["CloudWatch: a metric under alarm a month"] + price["CloudWatch: a dashboard a month"]),
        ("Data out", f"{out:,.1f} GB", out * price["Data out to the internet: 1 GB"]),
    ], out


def alarmed_metrics():
    """Every metric that an alarm looks at is on the bill, those of a formula one by one."""
    text = (ROOT / "infra/alarms.yaml").read_text(encoding="utf-8")
    return text.count("      MetricName: ") + text.count("          MetricStat:")


ALARMED = alarmed_metrics()


def ways_out(gigabytes):
    """What each way out adds, by its parameters."""
    price = PRICES
    address = price["Public address: an hour"] * HOURS
    gateway = price["NAT gateway: an hour"] * HOURS + address
    instance = price["NAT instance, t4g.nano: an hour"] * HOURS + address + 8 * price["Block storage, gp3: 1 GB a month"] + 0.10
    carried = gigabytes * price["NAT gateway: 1 GB"]
    return [
        ("`EgressMode=nat-gateway`, `EgressAddresses=1`", gateway + carried),
        ("`EgressMode=nat-gateway`, `EgressAddresses=2`", 2 * gateway + carried),
        ("`EgressMode=nat-instance`, `EgressAddresses=1`", instance),
        ("`EgressMode=nat-instance`, `EgressAddresses=2`", 2 * instance),
        ("`InterfaceEndpoints=yes`: two services in two zones", 4 * price["Interface endpoint: an hour in a zone"] * HOURS),
        ("gateway endpoints for DynamoDB and S3", 0.0),
    ]


def page():
    bills = [bill(size) for size in SIZES]
    lines = [
        "# 费用 / What it costs", "",
        "每月，美元，由 `infra/cost.py` 生成；价格、假设和测得的数都在那里。不含免费额度与折扣。价格凭公开价目表记录于 "
        f"{AS_OF}，使用前请核对；中国区另有价目。",
        f"Dollars a month, made by `infra/cost.py`, where prices, assumptions and counts stand. Without free tier and discounts. "
        f"List prices of us-east-1 as known in {AS_OF}: compare before you rely on them. China has a list of its own.", "",
        "| 商家 / merchants | " + " | ".join(f"{size:,}" for size in SIZES) + " |",
        "|---|" + "---:|" * len(SIZES),
    ]
    for position, (name, _, _) in enumerate(bills[0][0]):
        cells = [f"{rows[position][2]:,.2f}<br>{rows[position][1]}" for rows, _ in bills]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    totals = [sum(dollars for *_, dollars in rows) for rows, _ in bills]
    lines.append("| **合计 / together** | " + " | ".join(f"**{total:,.2f}**" for total in totals) + " |")
    lines.append("| 每个商家 / a merchant | " + " | ".join(f"{total / size:.4f}" for total, size in zip(totals, SIZES)) + " |")
    lines += ["", "## 出口 / The way out", "", "| | " + " | ".join(f"{size:,}" for size in SIZES) + " |", "|---|" + "---:|" * len(SIZES)]
    for position, (name, _) in enumerate(ways_out(0)):
        lines.append(f"| {name} | " + " | ".join(f"{ways_out(out)[position][1]:,.2f}" for _, out in bills) + " |")
    firewall = PRICES["WAF: a web ACL a month"] + 4 * PRICES["WAF: a rule a month"]
    lines.append(f"| `infra/firewall.yaml`, ＋ {PRICES['WAF: 1 M requests']:.2f} / 1 M requests | " + " | ".join([f"{firewall:,.2f}"] * len(SIZES)) + " |")
    lines += ["", "## 测得的 / What was counted", "", "| | | |", "|---|---:|---|"]
    lines += [f"| {name} | {value:.3g} | {how} |" for name, (value, how) in COUNTED.items()]
    lines += ["", "## 假设的 / What is assumed", "", "| | |", "|---|---:|"]
    lines += [f"| {name} | {value:g} |" for name, value in ASSUMED.items()]
    lines += ["", f"## 价格 / Prices, {AS_OF}", "", "| | $ |", "|---|---:|"]
    lines += [f"| {name} | {f'{value:.10f}'.rstrip('0').rstrip('.')} |" for name, value in PRICES.items()]
    return "\n".join(lines) + "\n"


def main():
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != page():
            print("docs/cost.md is not what infra/cost.py makes: run it", file=sys.stderr)
            return 1
        print("docs/cost.md is up to date")
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
