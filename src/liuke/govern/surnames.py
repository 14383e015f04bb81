"""Chinese surnames of two characters 复姓, for masking names."""

from __future__ import annotations

from typing import Final

_WRITTEN = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶
太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良
漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五
淳于 单于 叔孙 耶律 完颜
"""
COMPOUND_SURNAMES: Final = frozenset(_WRITTEN.split())
"""The compound surnames of the 百家姓 and the historic ones still borne."""


def surname_of(name: str) -> str:
    """The surname a Chinese name begins with: two characters when compound and a given name follows."""
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
