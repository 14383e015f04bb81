"""What is said about signing in: how, why a session ended, why single sign-on let nobody in."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text

SIGN_IN_WAYS: Final[dict[str, Text]] = {"password": _("密码"), "oidc": _("单点登录")}
"""How somebody signed in."""
SSO_REFUSALS: Final[dict[str, Text]] = {
    "away": _("统一身份认证暂时连不上，请稍后再试。"),
    "provider": _("统一身份认证的答复有误，请联系管理员。"),
    "cancelled": _("统一身份认证没有放行，请重新登录。"),
    "state": _("这次登录已过期或不是在这个浏览器里开始的，请重新登录。"),
    "token": _("统一身份认证的凭证无效，请重新登录；若仍失败请联系管理员。"),
    "unknown": _("这里没有您的账户，请联系管理员开通。"),
    "closed": _("您的账户已停用，请联系管理员。"),
    "linked": _("这个账户已绑定另一个统一身份，请联系管理员。"),
    "unverified": _("您的邮箱尚未验证，不能用来登录。"),
    "no_name": _("统一身份认证没有给出您的工号，请联系管理员。"),
    "no_role": _("您的用户组在这里没有对应的岗位，请联系管理员。"),
    "no_place": _("统一身份认证没有给出您的机构或工号，请联系管理员。"),
    "emergency": _("应急账户只能用密码登录。"),
}
"""Why single sign-on let nobody in, by govern.oidc.Why."""
ENDED: Final[dict[str, Text]] = {
    "idle": _("您有一段时间没有操作，已自动退出，请重新登录。"),
    "over": _("登录已满最长时限，请重新登录。"),
    "elsewhere": _("您的账户在别处登录，这里已退出。若不是您本人，请立即修改密码并联系管理员。"),
    "self": _("您在别处结束了这里的登录。"),
    "admin": _("管理员结束了您的登录，请重新登录。"),
    "password": _("密码已修改，请用新密码登录。"),
    "changed": _("您的登录已变更，请重新登录。"),
}
"""Why somebody is asked to sign in again, by SignIn.ended_by."""
