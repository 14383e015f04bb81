"""A stream of bank events as the intake log keeps it, and the rules that watch it, for benchmarks/triggers.py."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.ruleset import RuleSet, parse_trigger, rule_set

CATALOGUE = {**SHIPPED, "page_view": {"page": "text"}}
Kinds = tuple[tuple[str, float], ...]
START = 1_772_380_800_000_000
DAYS = 3
NAMES = (
    ("login", 0.18), ("page_view", 0.22), ("view_product", 0.15), ("search", 0.1), ("transaction", 0.25),
    ("balance", 0.03), ("apply_start", 0.015), ("apply_upload", 0.01), ("apply_submit", 0.01), ("progress_query", 0.02),
    ("maturity", 0.004), ("contact", 0.006), ("complaint", 0.002), ("prepay_apply", 0.003),
)  # fmt: skip
KEYWORDS = (
    "提前还款", "转账限额", "理财", "大额存单", "信用卡", "贷款利率", "网点", "挂失", "外汇", "基金",
    "保险", "积分", "公积金", "社保", "缴费", "账单", "密码", "限额", "养老金", "黄金",
)  # fmt: skip
CATEGORIES = (
    "餐饮", "超市便利", "网络购物", "交通出行", "医疗健康", "教育培训", "母婴", "服饰美容", "文化娱乐", "旅游酒店",
)  # fmt: skip
PRODUCTS = tuple(f"P{i:03}" for i in range(40))
HEAD: dict[str, Any] = {
    "name": {"zh": "试", "en": "T"}, "description": {"zh": "试", "en": "T"}, "owner": "bench", "theme": "test",
    "cooldown": "1d",
}  # fmt: skip


SEARCHES = (("search", 0.97), ("prepay_apply", 0.03))
"""A stream of nothing but what the rule count-without reads."""


def write_stream(path: Path, events: int, customers: int, batch: int, kinds: Kinds = NAMES) -> list[int]:
    """Writes the stream; the lengths of its batches in bytes."""
    lengths = []
    with path.open("wb") as file:
        for data in batches(events, customers, batch, kinds):
            file.write(data)
            lengths.append(len(data))
    return lengths


def batches(events: int, customers: int, batch: int, kinds: Kinds = NAMES, seed: int = 7) -> Iterator[bytes]:
    """Batch documents in order of arrival: one event in fifty is minutes late, one in two hundred comes twice."""
    rng = np.random.default_rng(seed)
    names, weights = zip(*kinds, strict=True)
    step = DAYS * 86_400_000_000 / events
    last: list[str] = []
    for start in range(0, events, batch):
        size = min(batch, events - start)
        received = (START + (np.arange(start, start + size) * step)).astype(np.int64)
        late = np.where(rng.random(size) < 0.02, rng.integers(0, 1_200_000_000, size), rng.integers(0, 2_000_000, size))
        kind = rng.choice(len(names), size, p=np.array(weights) / sum(weights))
        who = (rng.random(size) ** 2 * customers).astype(np.int64)
        bits = rng.integers(0, 2**63, (size, 2), dtype=np.int64)
        draw = rng.random((size, 3))
        rows = [
            f'["{uuid.UUID(int=(a << 64) | b)}","{names[k]}",{r - d},{r},"C{w:08}","device-{w}","app","s{w}",'
            f'{_properties(names[k], x, y, z)},"plain:app"]'
            for (a, b), k, r, d, w, (x, y, z) in zip(
                bits.tolist(), kind.tolist(), received.tolist(), late.tolist(), who.tolist(), draw.tolist(), strict=True
            )
        ]
        again = rng.integers(0, size, size // 200)
        for i, j in enumerate(again.tolist()):
            rows[j] = last[i] if i < len(last) else rows[j]
        last = rows[-(size // 200) - 1 :]
        yield ('{"events":[' + ",".join(rows) + '],"changes":[],"rejected":[]}').encode()


def _properties(name: str, x: float, y: float, z: float) -> str:
    made = _MAKERS.get(name)
    return json.dumps(made(x, y, z) if made else _PLAIN, ensure_ascii=False, separators=(",", ":"))


_PLAIN: dict[str, Any] = {"page": "home", "os": "ios", "app_version": "8.1.3"}
_MAKERS: dict[str, Callable[[float, float, float], dict[str, Any]]] = {
    "search": lambda x, y, _: {"keyword": KEYWORDS[int(x * x * 20)], **_PLAIN, "app_version": f"8.1.{int(y * 9)}"},
    "view_product": lambda x, y, _: {
        "product_id": PRODUCTS[int(x * 40)], "category": "wealth" if y < 0.5 else "loan", "os": "android",
    },
    "transaction": lambda x, y, z: {
        "direction": "in" if z < 0.1 else "out", "amount": round(20 / (1.0001 - x), 2), "initiator": "customer",
        "transaction_type": "salary" if z < 0.03 else "transfer" if z < 0.3 else "card",
        "merchant_category": CATEGORIES[int(y * 10)], "counterparty_is_self": z > 0.9,
        "counterparty_is_own_bank": y > 0.5,
    },
    "balance": lambda x, y, _: {"aum": round(x * 1e6, 2), "aum_share_30": round(0.5 + y, 4)},
    "maturity": lambda x, y, z: {
        "product_type": "wealth" if x < 0.5 else "term_deposit", "amount": round(y * 2e5), "days_left": int(z * 10),
    },
    "progress_query": lambda x, _y, _z: {"result": "pending" if x < 0.7 else "done", "subject": "loan"},
    "contact": lambda x, _y, _z: {"result": "reached" if x < 0.7 else "not_reached"},
}  # fmt: skip


def rules_for_bench(home: Path, number: int) -> RuleSet:
    """The first so many of: count-without on searches, the shipped rules, and variations of their kinds."""
    found = []
    for code, text in _texts(home):
        if len(found) == number:
            break
        found.append(parse_trigger(text, CATALOGUE, code=code))
    return rule_set(found, CATALOGUE, switched_on=[r.code for r in found])


def _texts(home: Path) -> Iterator[tuple[str, str]]:
    files = sorted((home / "triggers").glob("*.yaml"), key=lambda p: (p.stem != "prepay_search", p.stem))
    yield from ((p.stem, p.read_text(encoding="utf-8")) for p in files)
    for i in range(1000):
        yield f"made_{i}", yaml.safe_dump({**HEAD, "condition": _condition(i)}, allow_unicode=True)


def _condition(i: int) -> dict[str, Any]:
    turn, n = i % 6, i // 6
    keyword, category, product = KEYWORDS[(n + 1) % 20], CATEGORIES[n % 10], PRODUCTS[n % 40]
    searched = {"property": "keyword", "op": "contains", "value": keyword}
    spent = [{"property": "direction", "value": "out"}, {"property": "merchant_category", "value": category}]
    return (
        {"count": "search", "where": searched, "at_least": 2 + n % 3, "within": f"{1 + n % 7}d",
         "without": {"event": "contact", "where": {"property": "result", "value": "reached"}, "since": "first_match"}},
        {"sum": "transaction", "of": "amount", "where": spent, "at_least": 2000 + 500 * n, "within": "2d"},
        {"count": "view_product", "where": {"property": "product_id", "value": product}, "at_least": 3, "within": "3d"},
        {"sequence": [{"event": "search", "where": searched},
                      {"event": "view_product", "where": {"property": "product_id", "value": product}}],
         "within": "2h", "then_no": {"event": "apply_start", "within": "1h"}},
        {"distinct": "transaction", "of": "merchant_category", "at_least": 5,
         "where": {"property": "amount", "op": ">=", "value": 300 + 100 * n}, "within": "2d"},
        {"when": "transaction", "where": [*spent, {"property": "amount", "op": ">=", "value": 20000 + 1000 * n}]},
    )[turn]  # fmt: skip
