"""`liuke schema`: JSON Schemas of the YAML files, for editors and checks."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.campaigns.campaign_file import CampaignFile
from liuke.act.channels.catalogue import ChannelsFile
from liuke.act.contact_policy import ContactPolicy
from liuke.act.loop_policy import LoopPolicy
from liuke.act.offers.offer_file import OfferFile
from liuke.act.offers.offer_policy import OfferPolicy
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.act.routing_policy import RoutingPolicy
from liuke.act.trigger_policy import TriggerPolicy
from liuke.act.triggers.rule_file import TriggerFile
from liuke.cli.app import app
from liuke.collect import Source
from liuke.collect.tracking.events_file import EventsFile
from liuke.collect.tracking.settings import CollectSettings
from liuke.errors import YourMistake, did_you_mean
from liuke.health.policy import HealthPolicy
from liuke.insight.churn.definition import ChurnPolicy
from liuke.insight.churn.lost_contact import LostContactPolicy
from liuke.insight.churn.score_policy import ScorePolicy
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.customer_tier import CustomerTierPolicy
from liuke.insight.habits import ShortcutPolicy
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.lifecycle import LifecyclePolicy
from liuke.insight.segments.catalogue import SegmentFile
from liuke.insight.tags.tag_file import TagFile
from liuke.insight.value.value_policy import ValuePolicy
from liuke.settings import BankSettings
from liuke.track.experiments.experiment_file import ExperimentFile
from liuke.track.outcome_definitions import OutcomeDefinitions
from liuke.track.outcomes import OutcomePolicy
from liuke.yaml_file import Document

SCHEMAS: dict[str, type[Document]] = {
    m.__name__: m
    for m in (
        BankSettings, Source, WarningPolicy, ChurnPolicy, LoopPolicy, OutcomePolicy, TagFile, SegmentFile,
        LifecyclePolicy, CustomerTierPolicy, ValuePolicy, ScorePolicy, LostContactPolicy, TriggerFile, TriggerPolicy,
        CollectSettings, EventsFile, ChannelsFile, OfferFile, OfferPolicy, WordingPolicy, LeverPolicy,
        ContactPolicy, CampaignFile, ShortcutPolicy, RoutingPolicy, OutcomeDefinitions, ExperimentFile,
        ProgressPolicy, JourneyFile, HealthPolicy,
    )
}  # fmt: skip
"""Models of YAML files by name; add a new kind of file here."""


@app.command("schema")
def schema_command(
    name: Annotated[str | None, typer.Argument(help="Which model; without it, the list of names.")] = None,
) -> None:
    """Print the JSON Schema of a YAML file. 打印 YAML 文件的 JSON Schema。"""
    if name is None:
        typer.echo("\n".join(SCHEMAS))
        return
    typer.echo(json.dumps(schema_of(name), ensure_ascii=False, indent=2))


def schema_of(name: str) -> dict[str, object]:
    """The JSON Schema of the model of that name; YourMistake with the nearest name when there is none."""
    if name not in SCHEMAS:
        raise YourMistake(
            f"no schema is called '{name}'; {did_you_mean(name, SCHEMAS)}",
            then="liuke schema   # lists them all",
        )
    return SCHEMAS[name].model_json_schema()
