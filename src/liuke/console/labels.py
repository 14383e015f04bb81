"""Codes and the words people read for them. The library returns codes; here they become text."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

ROLES: Final[dict[str, Text]] = {
    "rm": _("客户经理"),
    "team_lead": _("团队长"),
    "branch_head": _("行长"),
    "analyst": _("数字运营"),
    "campaign_manager": _("活动经理"),
    "approver": _("审批人"),
    "compliance": _("合规"),
    "data_engineer": _("数据工程师"),
    "admin": _("管理员"),
}
STATES: Final[dict[str, Text]] = {
    "new": _("待分派"),
    "assigned": _("待处理"),
    "accepted": _("已接单"),
    "contacting": _("跟进中"),
    "waiting": _("待客户回复"),
    "done": _("已结束"),
    "expired": _("已过期"),
    "cancelled": _("已取消"),
}
OUTCOMES: Final[dict[str, Text]] = {
    "saved": _("已挽留"),
    "undecided": _("未定"),
    "lost": _("已流失"),
    "unreachable": _("联系不上"),
    "wrong_signal": _("预警不符"),
}
CHANNELS: Final[dict[str, Text]] = {
    "phone": _("电话"),
    "wecom": _("企业微信"),
    "visit": _("面访"),
    "sms": _("短信"),
    "push": _("推送"),
    "email": _("邮件"),
    "app": _("手机银行"),
    "web": _("网上银行"),
    "wechat": _("微信"),
    "branch": _("网点"),
    "atm": _("自助机"),
    "pos": _("POS"),
    "system": _("系统"),
    "other": _("其他"),
}
DESK_CHANNELS: Final = ("phone", "wecom", "visit")
"""Channels over which a desk talks with a customer."""
RESULTS: Final[dict[str, Text]] = {
    "reached": _("已接通"),
    "not_reached": _("未接通"),
    "refused": _("拒绝沟通"),
}
TIERS: Final[dict[str, Text]] = {
    "red": _("红色预警"),
    "orange": _("橙色预警"),
    "yellow": _("黄色预警"),
    "none": _("无预警"),
}
URGENCIES: Final[dict[str, Text]] = {
    "red": _("紧急"),
    "orange": _("较急"),
    "yellow": _("一般"),
}
"""How urgent a trigger rule says its orders are: its `tier`, which is no warning of the customer's."""
SIGNALS: Final[dict[str, Text]] = {
    "R01": _("交易频次下降"),
    "R02": _("资产持续下降"),
    "R03": _("投诉上升"),
    "R04": _("长时间未交易"),
}
THEMES: Final[dict[str, Text]] = {"rm_care": _("客户流失预警"), "offer": _("权益推荐")}
RULE_THEMES: Final[dict[str, Text]] = {
    "activity": _("活跃下降"),
    "application": _("申请中断"),
    "care": _("生活关怀"),
    "complaint": _("投诉之后"),
    "dormant": _("沉睡唤醒"),
    "guidance": _("使用引导"),
    "maturity": _("产品到期"),
    "outflow": _("资金转出"),
    "payroll": _("工资代发"),
    "prepayment": _("提前还款"),
    "progress": _("进度查询"),
    "tier": _("客户等级"),
    "young_family": _("母婴家庭"),
}
"""Themes of the trigger rules and campaigns that are shipped; a bank's own are shown by their code."""
ACTIONS: Final[dict[str, tuple[str, Text, Text]]] = {
    "R03": ("message-2", _("先致歉回访"), _("投诉未闭环，暂停营销")),
    "R02": ("calendar-event", _("预约面谈"), _("了解资金去向与收益期望")),
    "R01": ("phone", _("电话沟通"), _("了解用卡与服务体验")),
    "R04": ("phone", _("电话沟通"), _("先问候，再了解近况")),
    "M01": ("phone", _("电话沟通"), _("了解产品是否合用")),
    "M02": ("message-2", _("服务回访"), _("先问等候与答复是否满意")),
    "M03": ("calendar-event", _("预约面谈"), _("了解资金去向与收益期望")),
    "M04": ("phone", _("电话沟通"), _("了解收支与用款变化")),
    "M05": ("phone", _("电话沟通"), _("先问候，再了解近况")),
    "OF": ("coin", _("介绍权益"), _("先问需要，再说明条件与风险")),
    "CA": ("target-arrow", _("按活动联系"), _("用审批过的话术说明来意")),
    "RT": ("bolt", _("尽快联系"), _("客户刚有动作，先问需要什么")),
}
"""Suggested action by leading reason: icon, what, how."""

PRODUCTS: Final[dict[str, tuple[str, Text]]] = {
    "current": ("wallet", _("活期")),
    "term_deposit": ("hourglass", _("定期")),
    "wealth": ("trending-up", _("理财")),
    "fund": ("chart-histogram", _("基金")),
    "insurance": ("shield-check", _("保险")),
    "loan": ("home", _("贷款")),
    "credit_card": ("credit-card", _("信用卡")),
    "other": ("coin", _("其他")),
}
GENDERS: Final[dict[str, Text]] = {"female": _("女"), "male": _("男")}
CHANNEL_KINDS: Final[dict[str, Text]] = {
    "sms": _("短信"),
    "email": _("邮件"),
    "wecom_robot": _("企业微信群机器人"),
    "wecom_app": _("企业微信应用消息"),
    "dingtalk_robot": _("钉钉群机器人"),
    "dingtalk_app": _("钉钉工作通知"),
    "feishu_robot": _("飞书群机器人"),
    "feishu_app": _("飞书应用消息"),
    "push": _("推送"),
    "rm_order": _("客户经理工单"),
    "sms_file": _("短信（只写文件）"),
    "core": _("核心系统请求"),
}
AUDIT_ACTIONS: Final[dict[str, Text]] = {
    "login": _("登录"),
    "login_failed": _("登录失败"),
    "locked_out": _("登录锁定"),
    "logout": _("退出"),
    "session_end": _("结束登录"),
    "sessions_end": _("结束多处登录"),
    "password_change": _("修改密码"),
    "password_wrong": _("当前密码输错"),
    "user_save": _("设置登录"),
    "user_close": _("停用登录"),
    "user_open": _("恢复登录"),
    "factor_begun": _("开始设置动态口令"),
    "sso_unlink": _("解除单点登录绑定"),
    "factor_on": _("启用动态口令"),
    "factor_off": _("停用动态口令"),
    "factor_reset": _("重置动态口令"),
    "factor_wrong": _("动态口令不符"),
    "recovery_used": _("使用恢复码"),
    "recovery_new": _("换发恢复码"),
    "sso_link": _("绑定统一身份"),
    "sso_refused": _("单点登录被拒"),
    "sso_create": _("单点登录建立用户"),
    "key_issue": _("签发接口密钥"),
    "key_rotate": _("轮换接口密钥"),
    "key_revoke": _("吊销接口密钥"),
    "view_customer": _("查看客户"),
    "view_application": _("查看申请"),
    "progress_issue": _("签发进度码"),
    "progress_look_up": _("按进度码查看"),
    "progress_refused": _("进度码不符"),
    "progress_step": _("登记申请步骤"),
    "progress_expired": _("进度码过期"),
    "unmask": _("查看完整信息"),
    "unmask_refused": _("查看过多被拒"),
    "export": _("导出"),
    "audit_check": _("校验审计链"),
    "audit_export": _("导出审计日志"),
    "long_export_propose": _("申请导出长名单"),
    "long_export_approve": _("批准导出"),
    "long_export_refuse": _("退回导出"),
    "long_export_discard": _("放弃导出申请"),
    "view_segment": _("查看客群抽样"),
    "view_why_not": _("查看为何没有联系"),
    "view_behaviour": _("查看行为分析名单"),
    "view_save": _("保存分析视图"),
    "view_change": _("修改分析视图"),
    "view_drop": _("删除分析视图"),
    "order_contact": _("记录触达"),
    "order_accept": _("接单"),
    "order_hand_over": _("移交工单"),
    "order_cancel": _("取消工单"),
    "orders_opened": _("批量派单"),
    "orders_expired": _("工单过期"),
    "order_escalated": _("工单升级"),
    "message_resend": _("重发消息"),
    "offer_propose": _("提交权益审批"),
    "offer_withdraw": _("撤回权益审批"),
    "offer_approve": _("批准权益"),
    "offer_refuse": _("退回权益"),
    "campaign_propose": _("提交活动审批"),
    "campaign_withdraw": _("撤回活动审批"),
    "campaign_approve": _("批准活动"),
    "campaign_refuse": _("退回活动"),
    "campaign_start": _("活动开始"),
    "campaign_pause": _("暂停活动"),
    "campaign_resume": _("恢复活动"),
    "campaign_end": _("活动结束"),
    "campaign_cancel": _("取消活动"),
    "campaign_text_begin": _("开始改活动文件"),
    "campaign_text_propose": _("提交活动文件审批"),
    "campaign_text_withdraw": _("撤回活动文件审批"),
    "campaign_text_approve": _("批准活动文件"),
    "campaign_text_refuse": _("退回活动文件"),
    "campaign_text_discard": _("放弃活动草稿"),
    "view_hold_outs": _("查看被联系的对照组客户"),
    "experiment_propose": _("提交实验审批"),
    "experiment_withdraw": _("撤回实验审批"),
    "experiment_approve": _("批准实验"),
    "experiment_refuse": _("退回实验"),
    "experiment_start": _("实验开始并冻结"),
    "experiment_finish": _("实验按停止规则结束"),
    "experiment_stop": _("停止实验"),
    "experiment_text_begin": _("开始改实验文件"),
    "experiment_text_propose": _("提交实验文件审批"),
    "experiment_text_withdraw": _("撤回实验文件审批"),
    "experiment_text_approve": _("批准实验文件"),
    "experiment_text_refuse": _("退回实验文件"),
    "experiment_text_discard": _("放弃实验草稿"),
    "offer_text_begin": _("开始改权益文件"),
    "offer_text_propose": _("提交权益文件审批"),
    "offer_text_withdraw": _("撤回权益文件审批"),
    "offer_text_approve": _("批准权益文件"),
    "offer_text_refuse": _("退回权益文件"),
    "offer_text_discard": _("放弃权益草稿"),
    "segment_text_begin": _("开始改客群文件"),
    "segment_text_propose": _("提交客群文件审批"),
    "segment_text_withdraw": _("撤回客群文件审批"),
    "segment_text_approve": _("批准客群文件"),
    "segment_text_refuse": _("退回客群文件"),
    "segment_text_discard": _("放弃客群草稿"),
    "rule_begin": _("开始改规则"),
    "rule_propose": _("提交规则审批"),
    "rule_withdraw": _("撤回规则审批"),
    "rule_approve": _("批准规则"),
    "rule_refuse": _("退回规则"),
    "rule_discard": _("放弃规则草稿"),
}


def tier_look(label: str | None) -> str:
    """The CSS class for a bank's own tier label; '' for labels we have no colour for."""
    for mark, look in (("私", "private"), ("钻", "diamond"), ("财富", "wealth"), ("白金", "wealth"), ("金", "gold")):
        if mark in (label or ""):
            return f"tier-{look}"
    return ""


SORT_RISK: Final = _("按预警分")
SORT_AUM: Final = _("按资产")
SORT_FALL: Final = _("按资产下降")
EVENTS: Final[dict[str, Text]] = {
    "opened": _("派单"),
    "enriched": _("再次预警"),
    "accept": _("接单"),
    "contact": _("触达"),
    "hand_over": _("移交"),
    "expired": _("过期"),
    "escalated": _("升级"),
    "escalated_late": _("升级"),
    "reminder": _("回访提醒"),
    "cancel": _("取消"),
}
WAYS: Final[dict[str, Text]] = {
    "moved": _("客户已移交"),
    "duty": _("客户在线，值班人接待"),
    "deputy": _("客户经理请假，代理人接手"),
    "team": _("客户经理不能接单，1+N 团队成员接手"),
    "skilled": _("客户经理缺所需资质，本网点有资质者接手"),
    "pool": _("没有合适的人，进入网点公共池"),
}
"""Why a new order is not on the desk of the customer's RM: `act.routing`."""
TRANSACTIONS: Final[dict[str, Text]] = {
    "transfer": _("转账"),
    "cash": _("现金"),
    "card": _("刷卡消费"),
    "salary": _("代发工资"),
    "interest": _("利息"),
    "fee": _("费用"),
    "repayment": _("还款"),
    "wealth": _("理财"),
    "bill": _("缴费"),
    "other": _("其他交易"),
}
EVENT_NAMES: Final[dict[str, Text]] = {
    "login": _("登录"),
    "search": _("搜索"),
    "view_product": _("浏览产品"),
    "apply_start": _("开始申请"),
    "application_started": _("申请开始"),
    "application_step": _("办理一步"),
    "application_submitted": _("申请提交"),
    "application_status": _("进度变化"),
    "application_completed": _("申请办结"),
    "application_rejected": _("申请被拒"),
    "application_withdrawn": _("申请撤回"),
    "progress_query": _("进度查询"),
    "pay_start": _("支付开始"),
    "pay_payee": _("填写收款方"),
    "pay_verify": _("支付验证"),
    "pay_verify_failed": _("验证未通过"),
    "pay_confirm": _("确认支付"),
    "pay_done": _("支付成功"),
    "pay_failed": _("支付失败"),
    "pay_cancel": _("支付取消"),
    "transaction": _("交易"),
    "complaint": _("投诉"),
    "contact": _("触达"),
    "balance": _("资产变化"),
    "maturity": _("产品到期"),
}
"""Names of events that banks commonly send; others are shown as they come."""
KIND_MONEY: Final = _("资金")
KIND_APP: Final = _("线上行为")
KIND_COMPLAINT: Final = _("投诉")
KIND_CONTACT: Final = _("触达")
KIND_ORDER: Final = _("工单")
KIND_SERVICE: Final = _("服务")
KIND_SURVEY: Final = _("问卷")
SERVICES: Final[dict[str, Text]] = {
    "queue_ticket": _("网点取号"),
    "call": _("来电"),
    "chat": _("在线咨询"),
    "visit": _("到访"),
    "other": _("其他服务"),
}
SERVICE_RESULTS: Final[dict[str, Text]] = {
    "resolved": _("已解决"),
    "unresolved": _("未解决"),
    "transferred": _("已转接"),
    "abandoned": _("等候中离开"),
}
SURVEYS: Final[dict[str, Text]] = {"nps": _("推荐意愿"), "csat": _("满意度调查"), "ces": _("省力度调查")}
PURPOSES: Final[dict[str, Text]] = {
    "marketing": _("营销推荐"),
    "experience_improvement": _("体验改进"),
    "market_research": _("市场调研"),
    "personalisation": _("个性化服务"),
    "external_data": _("外部数据"),
    "sensitive_data": _("敏感信息"),
    "data_sharing": _("对外提供"),
    "other": _("其他用途"),
}
RISK_STATES: Final[dict[str, Text]] = {
    "none": _("未测评"),
    "valid": _("有效"),
    "expires_soon": _("即将到期"),
    "expired": _("已过期"),
}
STAGES: Final[dict[str, Text]] = {
    "prospect": _("潜在期"),
    "new": _("新客期"),
    "growing": _("成长期"),
    "mature": _("成熟期"),
    "declining": _("衰退期"),
    "dormant": _("沉睡期"),
    "lost": _("流失期"),
    "returned": _("回流期"),
}
ACTIVITY: Final[dict[str, Text]] = {
    "high": _("高活跃"),
    "medium": _("中活跃"),
    "low": _("低活跃"),
    "silent": _("沉默"),
}
RFM_GROUPS: Final[dict[str, Text]] = {
    "champion": _("重要价值"),
    "growing": _("重要发展"),
    "keep": _("重要保持"),
    "win_back": _("重要挽留"),
    "regular": _("一般价值"),
    "newcomer": _("一般发展"),
    "fading": _("一般保持"),
    "low": _("一般挽留"),
}
NEEDS: Final[dict[str, Text]] = {
    "maturity": _("产品到期，资金待承接"),
    "money_elsewhere": _("资金转往本人他行账户"),
    "product_interest": _("近期多次浏览产品"),
    "unfinished_application": _("近期发起过申请"),
    "unsettled_complaint": _("投诉尚未办结"),
    "service_trouble": _("近期服务未解决"),
    "family": _("有育儿教育支出"),
    "travel": _("旅游出行支出较多"),
    "health": _("医疗支出较多"),
}
SPENDING: Final[dict[str, Text]] = {
    "dining": _("餐饮"),
    "grocery": _("超市日用"),
    "shopping": _("购物"),
    "home": _("家居数码"),
    "transport": _("交通出行"),
    "travel": _("旅游"),
    "medical": _("医疗"),
    "education": _("教育"),
    "childcare": _("母婴"),
    "leisure": _("娱乐"),
    "utilities": _("生活缴费"),
}
WEEKDAYS: Final[tuple[Text, ...]] = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
MODEL_STATES: Final[dict[str, Text]] = {
    "active": _("在用"),
    "candidate": _("候选"),
    "retired": _("停用"),
}
AUC_GROUPS: Final[dict[str, Text]] = {
    "not_fallen": _("余额尚未下降的客户"),
    "all": _("全部客户"),
    "last_not_fallen": _("最近时点·尚未下降"),
    "last": _("最近时点·全部"),
}
"""Groups a model was judged on, the headline first: who has fallen already is easy to find and too late to keep."""
DRIFT_LEVELS: Final[dict[str, Text]] = {"alert": _("告警"), "watch": _("关注"), "ok": _("稳定")}
DRIFT_LOOKS: Final[dict[str, str]] = {"alert": "red", "watch": "orange", "ok": "green"}
DRIFT_COLOURS: Final[dict[str, str]] = {"alert": "#c92a3c", "watch": "#d97f0c", "ok": "#0c8a6b"}
DRIFT_KINDS: Final[dict[str, Text]] = {
    "score": _("评分分布(PSI)"),
    "label": _("流失率"),
    "calibration": _("概率校准误差(ECE)"),
    "ranking": _("排序能力(AUC)"),
}
ADVICE: Final[dict[str, tuple[str, Text]]] = {
    "keep": ("good", _("模型与客户仍然相符，不必重新训练。")),
    "look": ("warn", _("有变化值得留意，暂不必重新训练。")),
    "retrain": ("bad", _("建议重新训练模型。")),
}
"""What the watch proposes: the look of its notice, and the sentence."""
MODEL_ROLES: Final[dict[str, Text]] = {"active": _("在用模型"), "shadow": _("挑战者(影子评分)")}
VERDICTS: Final[dict[str, tuple[str, Text, Text]]] = {
    "challenger": ("good", _("挑战者更好"), _("差距超出偶然。可以在服务器上启用挑战者：")),
    "champion": ("plain", _("在用模型更好"), _("差距超出偶然，保持在用模型。")),
    "even": ("plain", _("不相上下"), _("差距的整个区间都在 ±0.01 之内，不值得更换。")),
    "unclear": ("warn", _("证据不足"), _("区间跨过 0，或流失的客户太少：继续影子评分，等更多结果成熟。")),
}
"""What a comparison of champion and challenger says: the look of its notice, a word, and what to do."""
TRIGGER_STATES: Final[dict[str, Text]] = {
    "on": _("监听中"),
    "shadow": _("影子运行"),
    "off": _("已停用"),
    "asleep": _("未启用（敏感）"),
}
CHANGE_STAGES: Final[dict[str, Text]] = {
    "draft": _("草稿"),
    "proposed": _("待审批"),
    "approved": _("已批准"),
    "refused": _("已退回"),
    "replaced": _("已被替换"),
    "discarded": _("已放弃"),
}
"""Stages of a change of a rule."""
FATES: Final[dict[str, Text]] = {
    "treated": _("已派单"),
    "holdout": _("对照组"),
    "withheld": _("全局对照组"),
    "shadow": _("影子，不派单"),
    "over_share": _("超出占比，停派"),
    "unknown": _("不是本行客户"),
    "minor": _("未成年"),
    "gated": _("联系规则拦下"),
    "no_desk": _("无归属"),
}
"""What became of a match of a trigger rule."""
CAMPAIGN_STAGES: Final[dict[str, Text]] = {
    "draft": _("草稿"),
    "proposed": _("待审批"),
    "refused": _("已退回"),
    "approved": _("已批准"),
    "running": _("运行中"),
    "paused": _("已暂停"),
    "ended": _("已结束"),
    "cancelled": _("已取消"),
}
CAMPAIGN_KINDS: Final[dict[str, Text]] = {
    "once": _("一次"),
    "recurring": _("周期"),
    "on_segment_entry": _("进入客群"),
    "on_trigger": _("触发规则命中"),
}
MESSAGE_CLASSES: Final[dict[str, Text]] = {"marketing": _("营销"), "service": _("服务")}
INTAKE_WORKERS: Final[dict[str, Text]] = {
    "collector": _("采集"),
    "triggers": _("触发引擎"),
    "lake": _("入湖"),
}
"""Processes that collect events and work on them."""
LANE_STATES: Final[dict[str, Text]] = {
    "at_work": _("运行中"),
    "remembering": _("正在回看历史"),
    "ended": _("已停止"),
    "silent": _("没有回音"),
    "never": _("未启动过"),
}
"""Of whoever reads events for the rules."""
USES: Final[dict[str, Text]] = {
    "service": _("客户服务"),
    "retention": _("客户挽留"),
    "marketing": _("营销推荐"),
    "risk": _("风险管理"),
}
DIRECTIONS: Final[dict[str, Text]] = {"entered": _("进入"), "left": _("离开")}
