"""What kinds of applications there are, their stages in the customer's words, and how long a code holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from liuke.collect.tracking.settings import Channel
from liuke.errors import Wrong, YourMistake, did_you_mean
from liuke.insight.journey.spec import Code, check_stages_apart
from liuke.settings import Name
from liuke.yaml_file import Document, load_yaml


class FormField(Document):
    """One thing that a customer types in or hands over. code: its name in events; what is typed is never collected."""

    code: Code
    name: Name


class Stage(Document):
    """One stage. needs: what the customer has to do or bring, in words for the customer; channels: where, none where
    the bank is at work; fields: what is typed in, so that no other channel asks for it again. `code` is that of the
    stage in `journeys/`, where the bank maps this journey.
    """

    code: Code
    name: Name
    needs: Name | None = None
    channels: tuple[Channel, ...] = ()
    fields: tuple[FormField, ...] = Field((), max_length=40)


class Journey(Document):
    """One kind of application and its stages, in order. code_days: how long a code holds."""

    code: Code
    name: Name
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=12)
    code_days: int = Field(30, ge=1, le=180)

    @field_validator("stages")
    @classmethod
    def _apart(cls, value: tuple[Stage, ...]) -> tuple[Stage, ...]:
        check_stages_apart(stage.code for stage in value)
        return value

    def known(self, code: str) -> Stage | None:
        """That stage, if there is one: an app may have told of another."""
        return next((stage for stage in self.stages if stage.code == code), None)

    def stage(self, code: str) -> Stage:
        """That stage. Raises YourMistake with the nearest name."""
        found = self.known(code)
        if found is None:
            raise YourMistake(
                f"'{code}' is no stage of {self.code}",
                expected=did_you_mean(code, (stage.code for stage in self.stages)),
                state="nothing was recorded",
                then="name a stage of policies/progress.yaml",
            )
        return found


def _stage(code: str, zh: str, en: str, needs: tuple[str, str], *channels: Channel) -> Stage:
    told, fields = Name(zh=needs[0], en=needs[1]), tuple(_FIELDS[name] for name in _TYPED.get(code, ()))
    return Stage(code=code, name=Name(zh=zh, en=en), needs=told, channels=channels, fields=fields)


def _field(code: str, zh: str, en: str) -> FormField:
    return FormField(code=code, name=Name(zh=zh, en=en))


_FIELDS: Final = {
    field.code: field
    for field in (
        _field("mobile", "手机号", "Mobile number"), _field("address", "地址", "Address"),
        _field("employer", "工作单位", "Employer"), _field("income", "收入", "Income"),
        _field("id_document", "身份证件", "Identity document"), _field("purpose", "用途", "Purpose"),
        _field("amount", "金额", "Amount"), _field("payee", "收款方", "Payee"),
        _field("risk_answers", "测评问卷", "Answers"),
    )
}  # fmt: skip
_TYPED: Final = {
    "form": ("mobile", "address", "employer", "income"),
    "identity": ("id_document", "address"),
    "documents": ("income", "employer", "purpose"),
    "risk": ("risk_answers", "income"),
    "order": ("payee", "amount"),
}


_WAIT: Final = ("请等待，办好后会通知您", "Please wait; you will be told when it is done")
_FILL: Final = ("填写申请信息", "Fill in the application")
_SHOW: Final = ("带上身份证件核实身份", "Bring your identity document")
_DEFAULTS: Final = (
    Journey(code="loan_application", name=Name(zh="贷款申请", en="Loan application"), stages=(
        _stage("form", "填写申请", "Application form", _FILL, "app", "web", "wechat", "branch", "phone"),
        _stage("identity", "核实身份", "Identity", _SHOW, "app", "branch"),
        _stage("documents", "提交资料", "Documents", ("提交收入证明与用途材料", "Hand in proof of income and purpose"),
               "app", "web", "branch"),
        _stage("review", "审批", "Review", _WAIT),
        _stage("signing", "签订合同", "Signing", ("阅读并签订合同", "Read and sign the contract"), "app", "branch"),
        _stage("payout", "放款", "Payout", _WAIT),
    )),
    Journey(code="account_opening", name=Name(zh="开户", en="Account opening"), stages=(
        _stage("form", "填写信息", "Details", _FILL, "app", "web", "wechat", "branch"),
        _stage("identity", "核实身份", "Identity", _SHOW, "app", "branch"),
        _stage("review", "审核", "Review", _WAIT),
        _stage("activation", "激活", "Activation", ("设置密码并激活账户", "Set a password and activate the account"),
               "app", "branch", "atm"),
    )),
    Journey(code="wealth_purchase", name=Name(zh="理财购买", en="Wealth purchase"), code_days=14, stages=(
        _stage("choice", "选择产品", "Choice", ("选择产品并阅读说明书", "Choose a product and read its terms"),
               "app", "web", "branch"),
        _stage("risk", "风险测评", "Risk assessment", ("完成风险承受能力测评", "Complete the risk assessment"),
               "app", "web", "branch"),
        _stage("order", "确认购买", "Order", ("确认金额并购买", "Confirm the amount and buy"), "app", "web", "branch"),
    )),
    Journey(code="payment", name=Name(zh="支付", en="Payment"), code_days=7, stages=(
        _stage("order", "填写付款信息", "Payment details", ("填写收款方与金额", "Fill in payee and amount"),
               "app", "web", "atm", "branch"),
        _stage("check", "核验", "Checks", ("核对收款方，完成身份核验", "Check the payee and prove your identity"),
               "app", "branch", "phone"),
        _stage("confirmation", "确认付款", "Confirmation", ("确认付款", "Confirm the payment"), "app", "web", "branch"),
    )),
)  # fmt: skip


class ProgressPolicy(Document):
    """`policies/progress.yaml`. Defaults are ours and configurable.

    customer_page: whether /progress/ answers customers without a log-in. journeys: kinds of applications.
    """

    customer_page: bool = True
    journeys: tuple[Journey, ...] = Field(_DEFAULTS, min_length=1)

    @field_validator("journeys")
    @classmethod
    def _apart(cls, value: tuple[Journey, ...]) -> tuple[Journey, ...]:
        codes = [journey.code for journey in value]
        if twice := next((code for code in codes if codes.count(code) > 1), None):
            raise Wrong("same_journey", "two journeys have the code '{name}'", name=twice)
        return value

    def known(self, code: str) -> Journey | None:
        """That journey, if there still is one."""
        return next((journey for journey in self.journeys if journey.code == code), None)

    def journey(self, code: str) -> Journey:
        """That journey. Raises YourMistake with the nearest name."""
        found = self.known(code)
        if found is None:
            raise YourMistake(
                f"unknown journey '{code}'",
                expected=did_you_mean(code, (journey.code for journey in self.journeys)),
                state="nothing was recorded",
                then="name a journey of policies/progress.yaml",
            )
        return found


def read_progress_policy(path: Path) -> ProgressPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ProgressPolicy) if path.is_file() else ProgressPolicy()
