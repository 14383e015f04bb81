"""The operations of the API: each lets the question in, makes one library call, answers."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from liuke.api.answers import Decision, NextBestAction, Shortcuts, Summary
from liuke.api.entrance import asked
from liuke.api.next_best import decision_of, next_best_action_of
from liuke.api.shortcuts import shortcuts_of
from liuke.api.summary import summary_of
from liuke.govern.api_key import AskPurpose

CustomerId = Annotated[str, Path(max_length=64, description="The bank's customer number")]
Purpose = Annotated[AskPurpose, Query(description="What for: the key must have it")]

router = Router(tags=["customers"])


@router.get("/{customer_id}/summary", response=Summary, operation_id="summary")
def summary(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> HttpResponse:
    """客户摘要: tier, tenure, products held, tags and segments of the purpose, masked contact data."""
    question = asked(request, "summary", customer_id, purpose)
    return question.told(summary_of(question))


@router.get("/{customer_id}/shortcuts", response=Shortcuts, operation_id="shortcuts")
def shortcuts(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> HttpResponse:
    """一键快捷入口: the functions the customer uses most, of late and at this time of the month."""
    question = asked(request, "shortcuts", customer_id, purpose)
    return question.told(shortcuts_of(question))


@router.get("/{customer_id}/next-best-action", response=NextBestAction, operation_id="next_best_action")
def next_best_action(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> HttpResponse:
    """下一步动作: the one thing to do for the customer now, or why nothing, by the rules of the daily decisions."""
    question = asked(request, "next_best_action", customer_id, purpose)
    answer = next_best_action_of(question)
    done = answer.action.treatment if answer.action else None
    return question.told(answer, because=answer.because, treatment=done, decided=answer.decided)


@router.get("/{customer_id}/decision", response=Decision, operation_id="decision")
def decision(request: HttpRequest, customer_id: CustomerId, purpose: Purpose) -> HttpResponse:
    """决策解释: what became of every candidate in the last daily decision, and why."""
    question = asked(request, "decision", customer_id, purpose)
    return question.told(decision_of(question))
