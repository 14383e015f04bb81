"""Mistakes in a bank's files as people read them: by the code of the library's sentence, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.errors import Finding, LiukeError, Said

SENTENCES: Final[dict[str, Text]] = {
    "no_attribute": _("没有名为“{name}”的属性；{hint}"),
    "no_feature": _("没有名为“{name}”的特征；{hint}"),
    "no_tag": _("没有名为“{name}”的标签；{hint}"),
    "retention_touch": _("留存按开始或回来的行为分组，touch 是 first 或 last，不是“{touch}”"),
    "assets_by_fact": _("资产留存只能按客户的属性、标签或客群分组"),
    "retention_days": _("要比较 {days} 天的资产，最多 {most} 天"),
    "period_before_data": _("所选时段止于 {last}，数据始于 {first}"),
    "look_back_short": _("数据始于 {first}：在此之前开始过的人也算新"),
    "rhythm_days": _("所选时段有 {days} 天，最多 {most} 天"),
    "number_one": _("数值分布应写明 column 或 property 之一"),
    "no_number_column": _("{table} 没有名为“{name}”的数值列；{hint}"),
    "no_numbers": _("“{name}”的 {facts} 个值中有 {n} 个不是数字，未计入"),
    "lost_after_long": _("连续 {n} 期未回来才算流失，但只看 {periods} 期"),
    "retention_cells": _(
        "{cohorts} 个群组各看 {periods} 期，共 {cells} 格，最多 {most} 格；请选更长的周期、更少的天数或期数"
    ),
    "no_segment": _("没有名为“{name}”的客群；{hint}"),
    "no_bank_code": _("“{name}”不是本行的代码（{attribute}）；{hint}"),
    "no_code": _("“{name}”不是可用的代码；{hint}"),
    "no_such_row": _("{table} 中没有“{name}”；{hint}"),
    "no_column": _("{table} 没有规则可用的列“{name}”；{hint}"),
    "no_fact": _("“{word}”不认识“{name}”；{hint}"),
    "state_not_deed": _("“{word}”不认识“{name}”：它是状态，请用 has；{hint}"),
    "no_operator": _("没有运算符“{name}”；{hint}"),
    "unknown_key": _("不认识的键“{name}”；{hint}"),
    "operator_unfit": _("“{op}”不能用于{kind}；可用：{known}"),
    "no_value_wanted": _("“{op}”不需要值"),
    "value_missing": _("“{op}”缺少值"),
    "one_value": _("“{op}”只与一个值比较；多个值请用 in"),
    "list_wanted": _("“{op}”需要一组值"),
    "two_values": _("between 需要两个值：最小与最大"),
    "small_to_large": _("between 应从小到大，但 {low} 大于 {high}"),
    "early_to_late": _("between 应从早到晚"),
    "number_wanted": _("这里应为数字，而不是 {value}"),
    "text_wanted": _("这里应为文字，而不是 {value}；请加引号"),
    "day_without_time": _("这里应为日期，不带时间"),
    "day_wanted": _("这里应为日期，如 2026-06-30、today 或 today-30，而不是 {value}"),
    "flag_wanted": _("这里应为 true 或 false，而不是 {value}"),
    "other_quantity": _("与另一个量比较应写成 attribute: 名称，或 feature: 名称、times: 倍数"),
    "kinds_differ": _("{kind}不能与“{name}”（{other}）比较"),
    "times_of_numbers": _("只有数字可以用 times"),
    "text_here": _("“{op}”只能与这里写明的文字比较"),
    "under_is_for_branches": _("under 表示机构及其下属，只能用于 branch_id"),
    "constants_only": _("事件属性只能与写明的值比较"),
    "column_constants": _("列只能与写明的值比较"),
    "rows_without_name": _("{table} 没有名称；请用 where"),
    "no_properties": _("{table} 没有事件属性；请用 column"),
    "of_column": _("of 用于 sum 或 distinct，指明是哪一列，也只用于这两种"),
    "sum_of_numbers": _("“{name}”是{kind}，只有数字可以求和"),
    "measure_is_number": _("计数与合计只能与数字比较"),
    "has_no_within": _("has 说的是当天的状态，不用 within"),
    "circle": _("规则绕回了自己：{path}"),
    "attribute_unknown": _("{day} 没有属性“{name}”：它只在日批当天算出并保留到下一次日批"),
    "features_unbuilt": _("{day} 没有算出这些特征：{names}；请先载入它们需要的数据再日批"),
    "days_in_order": _("{before} 不早于 {after}"),
    "no_segment_code": _("“{name}”不能作客群代码：文件名用小写字母、数字和下划线，以字母开头"),
    "no_tag_code": _("“{name}”不能作标签代码：小写字母、数字和下划线，以字母开头"),
    "tag_twice": _("标签“{name}”定义了两次，先在 {file}"),
    "tag_says_c1": _("标签“{name}”写明 C1，但规则读到 C2 数据：{columns}"),
    "no_placeholder": _("没有名为“{name}”的占位符；{hint}"),
    "lone_brace": _("花括号不成对"),
    "amount_of_nothing": _("没有权益（none）就没有数额"),
    "validity_order": _("`to`（{to}）早于 `from`（{start}）"),
    "approval_unsigned": _("已审批的权益要写明审批人 by 和日期 day"),
    "no_purpose": _("没有名为“{name}”的同意用途；{hint}"),
    "no_wording": _("缺少渠道 {channel} 的话术"),
    "service_carries_offer": _("服务消息不得携带营销内容：去掉产品和权益，或写 message_class: marketing"),
    "marketing_without_purpose": _("营销消息要写明所需同意的用途"),
    "investment_without_risk": _("投资类产品要写风险等级 R1 至 R5"),
    "rule_named_audience": _("规则不能叫 audience：那是权益自己的目标客群"),
    "no_offer_code": _("“{name}”不能作权益代码：文件名用小写字母、数字和下划线，以字母开头"),
    "offers_overlap": _("{first} 与 {second} 都针对 {what}，有效期重叠"),
    "price_by_score": _("客户得到什么不得取决于“{name}”"),
    "forbidden_word": _("不得对客户说“{word}”"),
    "no_risk_warning": _("投资类产品的话术要提示风险，如“{word}”"),
    "sms_signature": _("短信签名【】由渠道添加，话术里不写"),
    "sms_private_contact": _("运营商不接受短信中的私人联系方式：“{word}”"),
    "sms_variable_link": _("运营商不接受逐条变化的链接"),
    "sms_long": _("话术有 {length} 个字，最多 {longest}"),
    "not_approved": _("权益未获审批：{state}"),
    "window_bounds": _("时段应先开后关，并在 {earliest} 至 {latest} 之内"),
    "two_caps": _("{days} 天的频次上限写了两次"),
    "no_file": _("文件不存在"),
    "unreadable": _("文件读不出来：{why}"),
    "not_utf8": _("文件不是 UTF-8 编码：{why}"),
    "not_yaml": _("不是合法的 YAML：{why}"),
    "clusters_spoiled": _("聚类模型文件与登记时不一致或已损坏（{why}）：请从备份恢复，或重新运行 liuke clusters fit"),
    "effective_order": _("`to`（{to}）早于 `from`（{start}）"),
    "no_event": _("没有名为“{name}”的事件；{hint}"),
    "no_property": _("“{event}”没有属性“{name}”；{hint}"),
    "no_span": _("这里应为时长，如 90s、30m、4h、7d、2w，而不是 {value}"),
    "span_too_long": _("“{value}”超过最长时长 400d"),
    "no_campaign_code": _("“{name}”不能作活动代码：文件名用小写字母、数字和下划线，以字母开头"),
    "no_trigger": _("没有名为“{name}”的触发规则；{hint}"),
    "no_offer": _("没有名为“{name}”的权益；{hint}"),
    "offer_not_there": _("权益 {offer} 不走渠道 {channel}；它有 {known}"),
    "unfillable": _("活动的消息填不了“{name}”；能填 {known}"),
    "arm_says_one_thing": _("一个方案要么有 offer，要么有自己的 wording"),
    "arm_of_offer": _("带权益的方案，类别与用途用权益的，不另写"),
    "arm_without_class": _("自写话术的方案要写 message_class"),
    "service_with_purpose": _("服务消息不需要同意，不写用途"),
    "gateway_of_order": _("{channel} 是工单，没有 gateway"),
    "no_audience": _("{kind} 类活动要写 audience"),
    "key_of_kind": _("`{key}` 只用于类型 {kind}，也必须写"),
    "no_holdout": _("没有对照组就不知道活动有没有用：写 holdout_share，或在 no_holdout_because 写明理由"),
    "holdout_both": _("既有对照组，又写了为什么没有"),
    "re_entry_days": _("re_entry: after 与 re_entry_days 要一起写"),
    "once_is_once": _("once 类活动不能再次加入"),
    "gates_everybody": _("关卡 {gate} 会拦下 {share} 的 {message_class} 消息；请修改活动或联系规则，或勾选确认"),
    "campaign_moved": _("campaigns/{name}.yaml 在提交之后已被改过，请重新提交"),
    "never_proposed": _("“{name}”从未提交过"),
    "same_stage": _("两个阶段的代码都是“{name}”"),
    "no_stage": _("没有代码为“{name}”的阶段；{hint}"),
    "hand_over_same": _("渠道交接是从一个渠道到另一个，不能从“{name}”到它自己"),
    "pain_weightless": _("痛点分的权重至少有一项大于 0"),
    "no_journey": _("没有名为“{name}”的旅程；{hint}"),
    "no_journey_figure": _("阶段没有名为“{name}”的数；{hint}"),
    "facts_without_case": _("{n} 条记录没有写明属于哪一笔，之前也没有可跟随的，未计入"),
    "no_journey_code": _("“{name}”不能作旅程代码：文件名用小写字母、数字和下划线，以字母开头"),
    "no_experiment_code": _("“{name}”不能作实验代码：文件名用小写字母、数字和下划线，以字母开头"),
    "no_experiment": _("没有名为“{name}”的实验；{hint}"),
    "experiment_code_taken": _("以 {prefix} 开头的代码留给登记处自己用"),
    "source_code": _("campaign、trigger、offer 类来源要写 `code`，其他来源不写"),
    "no_source": _("没有名为“{name}”的来源（{kind}）；{hint}"),
    "arms_are_two": _("干预组与对照组是同一个：{name}"),
    "shares_sum": _("各组比例合计 {sum}，应为 1"),
    "arm_without_share": _("{name} 组没有比例"),
    "no_arm": _("来源没有名为“{name}”的组；{hint}"),
    "split_differs": _("{name} 组登记 {planned}，来源实际抽 {drawn}"),
    "two_shares": _("这里由登记处抽两组：treated 与 holdout"),
    "metric_twice": _("同一个指标或协变量写了两次"),
    "guardrail_is_primary": _("{name} 既是主要指标又是护栏"),
    "no_outcome": _("没有名为“{name}”的结果口径；{hint}"),
    "money_of_shares": _("{name} 是 {kind}；金额要用 aum_kept_share 类口径"),
    "variance_wanted": _("`mean` 不是 0 至 1 的占比时要写 `variance`"),
    "key_of_evidence": _("`{key}` 只用于证据 {evidence}，也必须写"),
    "weaker_of_customers": _("证据 {evidence} 的单位是客户"),
    "book_of_units": _("来源 book 按客户经理或网点读"),
    "among_of_units": _("`among` 写要抽的客户经理或网点所在机构；抽客户时不写"),
    "arms_of_campaign": _("只有同一活动的两个方案可以不叫 treated 与 holdout"),
    "stop_before_start": _("结束日 {stop} 不晚于开始日"),
    "nothing_to_plan_from": _("这个来源还没有 {name} 的结果，无从测算；请在文件里写 `assumed`"),
    "too_few_units": _("可抽的单位（{unit}）只有 {n} 个，分不成两组"),
    "experiment_moved": _("experiments/{name}.yaml、它的结果口径或比例已被改过，请重新提交"),
    "experiment_started": _("实验“{name}”已经开始，登记的内容已冻结；请另写一个新实验"),
    "experiment_not_started": _("实验“{name}”还没有开始"),
    "no_trigger_code": _("“{name}”不能作规则代码：请用小写字母、数字和下划线，字母开头"),
    "no_wait": _("`then_no` 需要等待时长，0 等于不等"),
    "of_property": _("`of` 是要求和的属性，只用于 sum"),
    "one_consecutive": _("一条规则最多一个 consecutive"),
    "one_timed": _("一条规则最多一个由时钟触发的条件（drop，或带 then_no 的 sequence）"),
    "timed_and_consecutive": _("consecutive 不能与由时钟触发的条件同用"),
    "one_step": _("只有一步的 sequence 需要 then_no，否则请写 when"),
    "steps_within": _("多步的 sequence 要写 `within`"),
    "too_many_conditions": _("一条规则最多 {most} 个条件"),
    "settle_range": _("`settle` 在 1s 与 12h 之间"),
    "whole_days": _("`every`、`within`、`baseline` 应为整天，`every` 至少 1d"),
    "whole_panes": _("`within` 与 `baseline` 应为 `every` 的整数倍"),
    "too_many_panes": _("`within` 与 `baseline` 合计最多为 `every` 的 {most} 倍"),
    "without_reach": _("`without` 要么写 `since: first_match`，要么写 `within`"),
    "rule_too_wide": _("规则“{rule}”会命中 {customers} 位客户中的 {people} 位（{share}），超过它的上限 {most}"),
    "paths_of_events": _("路径只由线上行为组成，请选一个线上行为"),
    "anchor_unseen": _("起点或终点“{name}”在不看的行为里"),
    "no_journeys": _("本行在 journeys/ 里还没有旅程文件"),
    "stage_without_event": _("阶段“{name}”没有线上事件的触点，写不成触发规则"),
    "no_such_event": _("这段时间没有名为“{name}”的事件；{hint}"),
    "period_ahead": _("时段从 {first} 开始，数据只到 {day}"),
    "period_long": _("时段有 {days} 天，太长"),
    "only_and_without": _("“{name}”既要看又不看"),
    "period_backwards": _("时段在 {last} 结束，早于开始的 {first}"),
    "happening_within": _("时间由问题的时段决定，这里不写 within"),
    "too_many_steps": _("步骤与排除合计最多 {most} 项"),
    "any_order_exclusion": _("不分先后时没有“其间”，请去掉排除"),
    "one_table": _("同一步里的几件事应是同一类记录"),
    "strict_events": _("“紧接着”只用于线上行为，其他记录不在其间"),
    "exclusion_steps": _("排除应从某一步之后到更后的一步之前，共 {n} 步"),
    "window_text": _("“{text}”不是大于零的时长；应为数字"),
    "window_long": _("时限最长 {most} 天"),
    "behaviour_kind": _("行为条件应写明以下之一：{kinds}"),
    "behaviour_days": _("行为条件要写 `days`，或同时写 `first` 与 `last`"),
    "behaviour_no_trigger": _("触发规则随事件而动，不问一段时间的行为；请写 `sequence`，或用客群加活动"),
    "funnel_step_one": _("规则里的漏斗要写 `stopped_at` 或 `reached`，且只写一个"),
    "funnel_step_beyond": _("第 {step} 步不在 1 至 {most} 之内"),
    "funnel_waiting": _("`waiting` 只与 `stopped_at` 同用"),
    "retention_period": _("第 {n} 期不在 0 至 {periods} 之内"),
    "breakdown_one": _("分组只能按一项"),
    "breakdown_touch": _("分组取第一步、最后一步或某一步的值"),
    "touch_beyond": _("分组看第 {step} 步，漏斗只有 {n} 步"),
    "too_many_views": _("每人最多保存 {most} 个视图"),
    "view_kind": _("视图的种类不能改变"),
    "no_view": _("没有这个视图，或它不是您的；可以另存一份再改"),
    "view_unnamed": _("请给视图起个名字"),
    "no_step": _("这项改动的状态不允许这一步，请重新打开页面"),
    "authors_step": _("只有起草人 {author} 可以这样做"),
    "four_eyes": _("不能审批自己提交的改动，请由另一位有权限的人审批"),
    "reason_wanted": _("请写明理由，至少 {most} 个字"),
    "whole_bank_only": _("规则对全行生效，只能由总行人员改动或审批"),
    "no_code_name": _("“{name}”不能作代码：请用小写字母、数字和下划线，字母开头"),
    "code_taken": _("已有文件 {file}"),
    "no_such_text": _("没有文件 {file}"),
    "nothing_changed": _("与现行文件相同，没有可提交的改动"),
    "approval_unwritten": _("这份文件里写不进 approval；请直接改文件"),
    "no_run_yet": _("还没有日批，无从计数；请等第一次日批之后再提交"),
    "no_fates": _("还没有批量留下候选，无从试算"),
    "offer_waits": _("“{name}”已有一项待审批的申请"),
    "offer_moved": _("提交之后，服务器上的 offers/{name}.yaml 已被改过"),
    "file_moved": _("开始改动之后，服务器上的 {file} 已被改过"),
    "too_long": _("文字太长，最多 {most} 个字符"),
    "mode_unwritten": _("无法在这段文字里写入 active 与 shadow"),
    "replay_first": _("新规则或含义有变的规则，提交审批前要先回放"),
    "confirm_wide": _("回放中会命中 {share} 的客户，超过上限 {most}；请收窄条件，或勾选确认全量"),
    "no_change": _("没有这项改动"),
    "replay_days": _("回放日期应先早后晚，最多 {most} 天"),
    "replays_busy": _("已有 {most} 个回放在运行，请稍候"),
    "property_twice": _("“{source}”会同时成为 {a} 和 {b}"),
    "bounds_cross": _("high（{high}）小于 low（{low}）"),
    "lever_for_all": _("杠杆应写明用于什么：treatment、theme、source、channel、message_class 至少一项"),
    "lever_out_of_bounds": _("系数 {factor} 不在 {low} 到 {high} 之间"),
    "share_wanted": _("{tiers}：应为 0 到 1 之间的比例"),
    "no_bar": _("不能含有“|”：它用来分隔参与哈希的各部分"),
    "no_money": _("关闭 value 后没有金额可比：cost 与 fatigue 也要关闭"),
    "no_count": _("{names}：应为个数"),
    "effort_and_budget": _("{names}：由客户经理的容量限制，不能再设预算"),
    "no_staff": _("您管辖的机构里没有在职员工“{name}”"),
    "field_missing": _("没有填写"),
    "plain_day": _("应为日期，如 2026-06-30，而不是“{value}”"),
    "plain_hour": _("应为时刻，如 18:00，而不是“{value}”"),
    "until_first": _("终止日 {until} 早于起始日 {since}"),
    "own_deputy": _("代理人不能是本人"),
    "not_your_branch": _("“{name}”不在您管辖的机构里"),
    "no_skill": _("没有代码为“{name}”的资质；{hint}"),
    "no_customer": _("您管辖的客户里没有“{name}”"),
    "leave_overlaps": _("与 {since} 至 {until} 的请假重叠"),
    "csv_broken": _("不是合法的 CSV：{why}"),
    "csv_empty": _("表头之下没有数据行"),
    "csv_long": _("超过 {most} 行，请分几个文件"),
    "csv_large": _("文件超过 {most} 字节"),
    "csv_encoding": _("文件编码应为 UTF-8 或 GB 18030"),
    "csv_ragged": _("这一行的列数与表头不同，应为 {n} 列"),
    "csv_column": _("缺少列“{name}”"),
    "csv_twice": _("列“{name}”出现了两次"),
    "csv_unknown": _("没有名为“{name}”的列；{hint}"),
    "no_giver": _("您管辖的机构里没有“{name}”"),
    "receivers_wanted": _("请选择一位或几位接收人，不能是移出人本人"),
    "no_receiver": _("接收人应为您管辖机构内的在职客户经理"),
    "day_past": _("{day} 已经过去"),
    "too_many_customers": _("一次最多点名 {most} 位客户；全部移交请留空"),
    "transfer_over": _("这次移交已经生效或已撤回"),
    "pydantic_missing": _("缺少必填的键"),
    "pydantic_condition": _("一个条件应写明以下之一：{keys}"),
    "pydantic_string_type": _("这里应为文字"),
    "pydantic_string_too_short": _("文字太短，至少 {min_length} 个字符"),
    "pydantic_string_pattern_mismatch": _("文字的写法不对，应符合 {pattern}"),
    "pydantic_too_short": _("至少需要 {min_length} 项，现有 {actual_length} 项"),
    "pydantic_int_type": _("这里应为整数"),
    "pydantic_int_parsing": _("这里应为整数"),
    "pydantic_float_type": _("这里应为数字"),
    "pydantic_float_parsing": _("这里应为数字"),
    "pydantic_int_from_float": _("这里应为整数"),
    "pydantic_greater_than_equal": _("不能小于 {ge}"),
    "pydantic_less_than_equal": _("不能大于 {le}"),
    "pydantic_literal_error": _("应为以下之一：{expected}"),
    "pydantic_model_type": _("这里应为一组键和值"),
    "pydantic_dict_type": _("这里应为一组键和值"),
    "pydantic_tuple_type": _("这里应为一个列表"),
    "pydantic_bool_type": _("这里应为 true 或 false"),
}
"""By the code of `errors.Said`; its facts fill the sentence. A code that is not here is told in English."""
_KINDS: Final[dict[str, Text]] = {
    "number": _("数字"), "text": _("文字"), "date": _("日期"), "moment": _("时刻"), "flag": _("是非"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One mistake. lang: 'en' where only the library's own sentence is there, '' in the page's language."""

    text: str
    line: int | None
    key: str | None
    lang: str


def told(mistake: LiukeError | None) -> list[Told]:
    """Every mistake of an error, in the page's language as far as it can be said in it."""
    return [] if mistake is None else told_all(mistake.mistakes)


def told_all(findings: Iterable[Finding]) -> list[Told]:
    """The same of findings."""
    return [_told(finding) for finding in findings]


def _told(finding: Finding) -> Told:
    text = sentence(finding.said)
    return Told(text or finding.said.text, finding.line, finding.key, "" if text else "en")


def sentence(said: Said) -> str:
    """A sentence of the library in the page's language; '' for one that has no words here."""
    template = SENTENCES.get(said.code)
    if template is None:
        return ""
    facts = dict(said.facts)
    if "near" in facts:
        facts["hint"] = _hint(facts["near"], facts["known"])
    for name in ("kind", "other"):
        facts[name] = str(_KINDS.get(facts.get(name, ""), facts.get(name, "")))
    try:
        return str(template).format(**facts)
    except (KeyError, IndexError):
        return ""


def _hint(near: str, known: str) -> str:
    if near:
        return gettext("是不是“{near}”？").format(near=near)
    return gettext("可用：{known}").format(known=gettext("（无）") if known == "(none)" else known)
