"""The operations of the API: each lets the question in, makes one library call, answers."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Query, Router

from liuke.api.answers import Shortcuts, Summary
from liuke.api.entrance import asked
from liuke.api.shortcuts import shortcuts_of
from liuke.api.summary import summary_of
from liuke.govern.api_key import AskPurpose

CustomerId = Annotated[str, Path(max_length=64, description="The bank's customer number")]
Purpose = Annotated[AskPurpose, Query(description="What for: the key must have it")]

router = Router(tags=["customers"])


@router.get("/{customer_id}/summary", response=Summary, operation_id="summary")
def summary(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> Summary:
    """客户摘要: tier, tenure, products held, tags and segments of the purpose, masked contact data."""
    return summary_of(asked(request, "summary", customer_id, purpose))


@router.get("/{customer_id}/shortcuts", response=Shortcuts, operation_id="shortcuts")
def shortcuts(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> Shortcuts:
    """一键快捷入口: the functions the customer uses most, of late and at this time of the month."""
    return shortcuts_of(asked(request, "shortcuts", customer_id, purpose))
