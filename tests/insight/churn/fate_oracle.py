"""The fates once more: slow, obvious, day by day in plain Python, sharing no code with the library."""

from datetime import date, timedelta
from typing import Any

from liuke.clock import AsOf
from tests.insight.bank import Rows
from tests.insight.oracle import aum, newest, seen


def fates(bank: Rows, days: list[date], definition: Any, known: AsOf) -> list[dict[str, Any]]:
    """One dict per (as-of day, living customer), sorted."""
    people = newest(bank.get("customer", []), ["customer_id"], known)
    found = [one(bank, person, day, definition, known) for day in days for person in people if lives(person, day)]
    since = timedelta(definition.at_risk.known_days)
    found = [f for f in found if f["opened_on"] <= f["as_of"] - since]
    return sorted(found, key=lambda f: (f["as_of"], f["customer_id"]))


def lives(person: dict[str, Any], day: date) -> bool:
    return person["opened_on"] <= day and (person["closed_on"] is None or person["closed_on"] > day)


def one(bank: Rows, person: dict[str, Any], day: date, definition: Any, known: AsOf) -> dict[str, Any]:
    life = Life(bank, person, day, definition, known)
    dates = {loss.kind: life.lost_on(loss) if life.can_suffer(loss) else None for loss in definition.losses}
    at_risk = life.at_risk() and any(life.can_suffer(loss) for loss in definition.losses)
    happened = {kind: on for kind, on in dates.items() if on is not None}
    first = min(happened.values(), default=None)
    too_soon = first is not None and first < life.starts
    lost = at_risk and first is not None and not too_soon
    return {
        "as_of": day,
        "customer_id": person["customer_id"],
        "opened_on": person["opened_on"],
        "at_risk": at_risk,
        "too_soon": too_soon,
        "lost": lost,
        "lost_on": first if lost else None,
        "lead_days": (first - day).days if lost else None,
        "loss": next((k for k in definition.kinds if happened.get(k) == first), None) if lost else None,
        "aum": life.worth(day),
        "aum_mean_90": life.mean(90, day),
    }


class Life:
    """One customer seen from one day."""

    def __init__(self, bank: Rows, person: dict[str, Any], day: date, definition: Any, known: AsOf) -> None:
        self.bank, self.person, self.day, self.definition, self.known = bank, person, day, definition, known
        self.starts = day + timedelta(definition.gap_days + 1)
        self.last = day + timedelta(definition.gap_days + definition.horizon_days)
        self.window = [self.starts + timedelta(n) for n in range(definition.horizon_days)]
        self.accounts = [
            a
            for a in newest(bank.get("account", []), ["account_id"], known)
            if a["customer_id"] == person["customer_id"]
        ]
        names = {a["account_id"] for a in self.accounts}
        self.own = [
            t["business_date"]
            for t in seen(bank.get("transaction", []), known)
            if t["account_id"] in names and t["initiator"] == "customer"
        ]
        savings = {a["account_id"]: a for a in self.accounts if a["account_type"] not in ("loan", "credit_card")}
        self.first_known = min(
            (
                max(b["business_date"], savings[b["account_id"]]["opened_on"])
                for b in seen(bank.get("balance_daily", []), known)
                if b["account_id"] in savings and self._counts(b, savings[b["account_id"]])
            ),
            default=None,
        )

    @staticmethod
    def _counts(row: dict[str, Any], account: dict[str, Any]) -> bool:
        on = max(row["business_date"], account["opened_on"])
        return account["closed_on"] is None or on < account["closed_on"]

    def worth(self, day: date) -> float:
        return float(aum(self.bank, self.accounts, day, self.known))

    def mean(self, days: int, end: date) -> float:
        total = sum(self.worth(end - timedelta(n)) for n in range(days))
        covered = days if self.first_known is None else min(days, (end - self.first_known).days + 1)
        return total / max(covered, 1)

    def at_risk(self) -> bool:
        rule = self.definition.at_risk
        money = rule.minimum_aum is not None and self.worth(self.day) >= float(rule.minimum_aum)
        moves = sum(self.day - timedelta(rule.within_days) < d <= self.day for d in self.own)
        acts = rule.minimum_transactions is not None and moves >= rule.minimum_transactions
        return money or acts or (rule.minimum_aum is None and rule.minimum_transactions is None)

    def floor(self, loss: Any) -> float:
        mean = self.mean(loss.average_days, self.day)
        return max((float(t) for t in loss.tiers.values() if mean >= float(t) - 0.005), default=0.0)

    def can_suffer(self, loss: Any) -> bool:
        if loss.kind == "silent_balance":
            return self.worth(self.day) >= float(loss.minimum_aum)
        if loss.kind == "silent_activity":
            habit = sum(self.day - timedelta(90) < d <= self.day for d in self.own)
            lately = any(self.day - timedelta(loss.days) < d <= self.day for d in self.own)
            return habit >= 3 * loss.minimum_monthly_mean and lately
        if loss.kind == "balance_mean":
            return self.mean(self.definition.horizon_days, self.day) >= float(loss.minimum_mean)
        return loss.kind != "tier_downgrade" or self.floor(loss) > 0

    def lost_on(self, loss: Any) -> date | None:
        return getattr(self, loss.kind)(loss)

    def hard(self, loss: Any) -> date | None:
        left = self.person["closed_on"]
        return left if left is not None and left <= self.last else None

    def silent_balance(self, loss: Any) -> date | None:
        limit = self.worth(self.day) * (1 - loss.fall) + 0.005
        low = 0
        while self.last - timedelta(low) >= self.day and self.worth(self.last - timedelta(low)) <= limit:
            low += 1
        return self.last - timedelta(low - 1) if low >= loss.stays_days else None

    def silent_activity(self, loss: Any) -> date | None:
        last = max(d for d in self.own if d <= self.last)
        silent = last + timedelta(loss.days)
        return silent if silent <= self.last else None

    def balance_mean(self, loss: Any) -> date | None:
        limit = loss.kept_share * self.mean(self.definition.horizon_days, self.day)
        values = [self.worth(d) for d in self.window]
        if sum(values) / len(values) >= limit:
            return None
        return next(d for d, v in zip(self.window, values, strict=True) if v < limit)

    def tier_downgrade(self, loss: Any) -> date | None:
        floor = self.floor(loss) - 0.005
        days = [self.last - timedelta(n) for n in range(loss.average_days)]
        if sum(self.worth(d) for d in days) / loss.average_days >= floor:
            return None
        above = [d for d in [self.day, *self._between()] if self.worth(d) >= floor]
        after = above[-1] + timedelta(1) if above else self.starts
        return min(max(after, self.starts), self.last)

    def _between(self) -> list[date]:
        return [self.day + timedelta(n) for n in range(1, (self.last - self.day).days + 1)]

    def no_activity(self, loss: Any) -> date | None:
        return None if any(self.starts <= d <= self.last for d in self.own) else self.last
