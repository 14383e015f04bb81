"""The page: sections in the order a reader asks: how good, on what, compared with what, for whom, and what not."""

from __future__ import annotations

from liuke.insight.churn.learning.card import people_sections, performance
from liuke.insight.churn.learning.card.facts import CardFacts, Text
from liuke.insight.churn.learning.card.markup import both, esc, number, say, section, share
from liuke.insight.churn.learning.card.style import STYLE


def render(facts: CardFacts) -> str:
    """The whole card as one HTML document; equal facts give equal text."""
    zh, en = say(facts.title), esc(facts.title.en)
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{esc(facts.title.zh)} · {en} · {esc(facts.version)}</title><style>{STYLE}</style></head><body>"
        '<input class="tongue visually-hidden" type="radio" name="tongue" id="tongue-zh" aria-label="中文" checked>'
        '<input class="tongue visually-hidden" type="radio" name="tongue" id="tongue-en" aria-label="English">'
        f"{_header(facts, zh)}<main><div class='in'>{_tiles(facts)}<div class='grid'>{_body(facts)}</div></div></main>"
        "</body></html>\n"
    )


def _header(facts: CardFacts, title: str) -> str:
    return (
        '<header><div class="in"><div class="bar"><span class="brand">留客 Liuke</span>'
        f"<span>{both('模型卡', 'Model card')} · {esc(facts.version)} · {esc(facts.made)}</span>"
        '<span class="switch"><label for="tongue-zh">中文</label><label for="tongue-en">English</label></span></div>'
        f'<h1>{title}</h1><p class="purpose">{say(facts.purpose)}</p></div></header>'
    )


def _tiles(facts: CardFacts) -> str:
    found = facts.evaluation.figures
    interval = f"95%: {number(found.auc.low)} – {number(found.auc.high)}" if found.auc else ""
    rows = [
        *((h.value, say(h.note), "") for h in facts.headline),
        (number(found.auc.estimate if found.auc else None), "AUC", interval),
        (number(found.pr_auc), "PR-AUC", both(f"随机为 {share(found.base_rate)}", f"random: {share(found.base_rate)}")),
        (
            f"{number(found.lift_10.lift if found.lift_10 else None, 2)}×",
            both("前 10% 提升度", "lift in the top 10%"),
            both(
                f"查全 {share(found.lift_10.recall if found.lift_10 else None)}",
                f"recall {share(found.lift_10.recall if found.lift_10 else None)}",
            ),
        ),
        (
            share(found.ece_10, 2),
            both("校准误差 ECE", "calibration error"),
            both("10 个等量分箱", "10 equal-mass bins"),
        ),
        (
            share(found.base_rate),
            both("实际流失率", "churn rate"),
            both(f"{found.people:,} 人", f"{found.people:,} people"),
        ),
    ]
    tiles = "".join(f'<div class="tile"><b>{esc(v)}</b><span>{n}</span><small>{s}</small></div>' for v, n, s in rows)
    return f'<div class="tiles">{tiles}</div>'


def _body(facts: CardFacts) -> str:
    return "".join(
        (
            performance.data(facts),
            performance.features(facts),
            performance.baselines(facts),
            performance.calibration(facts),
            performance.reliability(facts),
            *people_sections.slices(facts),
            *people_sections.fairness(facts),
            people_sections.findings(facts),
            _limits(facts),
            people_sections.drift(facts),
            _origin(facts),
        )
    )


def _limits(facts: CardFacts) -> str:
    items = "".join(f"<li>{say(limit)}</li>" for limit in facts.limits)
    return section(Text("已知局限", "Known limits"), None, f'<ul class="notes">{items}</ul>')


def _origin(facts: CardFacts) -> str:
    rows = "".join(f"<dt>{esc(k)}</dt><dd><code>{esc(v)}</code></dd>" for k, v in facts.facts.items())
    lead = Text(
        "同样的数据、参数、种子与库版本得到同样的模型。",
        "The same data, parameters, seed and libraries give the same model.",
    )
    return section(Text("如何复现", "How to make it again"), lead, f'<dl class="facts">{rows}</dl>', wide=True)
