"""Permissions and classes of data in words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.govern.access import DataClass, Permission, Shown

GROUPS: Final[tuple[tuple[Text, dict[Permission, Text]], ...]] = (
    (
        _("客户与工单"),
        {
            "see_customers": _("查看管辖范围内的客户"),
            "see_orders": _("查看管辖范围内的工单"),
            "see_all_orders": _("查看他人的工单"),
            "work_orders": _("接单、记录联系、结案"),
            "work_applications": _("签发进度码、登记申请步骤"),
            "hand_over": _("移交工单、维护团队"),
            "amounts_detail": _("查看金额明细"),
            "unmask": _("说明理由后查看完整信息"),
            "export": _("导出脱敏名单"),
            "approve_exports": _("复核他人的大批量导出"),
        },
    ),
    (
        _("分析"),
        {
            "see_effect": _("看板与实验"),
            "see_segments": _("标签与客群"),
            "see_behaviour": _("行为分析"),
            "see_models": _("流失模型"),
        },
    ),
    (
        _("规则与活动"),
        {
            "edit_rules": _("起草并提交规则、权益、活动"),
            "approve_rules": _("审批他人提交的规则、权益、活动"),
            "see_sending": _("查看渠道与失败消息"),
            "resend": _("重发失败消息"),
        },
    ),
    (
        _("系统与合规"),
        {
            "see_data": _("加载、隔离、目录"),
            "see_audit": _("查看审计日志"),
            "see_roles": _("查看岗位与权限"),
            "manage_users": _("管理登录用户"),
            "manage_keys": _("管理接口密钥"),
        },
    ),
)
"""Every permission, once."""

CLASSES: Final[dict[DataClass, tuple[Text, Text]]] = {
    "name": (_("姓名"), _("客户与交易对手")),
    "number": (_("客户号"), ""),
    "identity": (_("证件与卡号"), ""),
    "account": (_("账号"), ""),
    "contact": (_("联系方式"), _("手机、邮箱、地址")),
    "birth_date": (_("出生日期"), ""),
    "amounts": (_("资产与金额"), _("脱敏时显示区间")),
    "free_text": (_("自由文本"), _("备注、投诉、问卷、搜索词")),
}
"""What each class is called, and what lies in it."""

SHOWN: Final[dict[Shown, tuple[Text, str]]] = {
    "clear": (_("明文"), "green"),
    "masked": (_("脱敏"), "blue"),
    "strict": (_("从严脱敏"), "orange"),
    "hidden": (_("不显示"), ""),
}
"""Word and colour."""
