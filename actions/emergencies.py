"""Emergency advice, and the way back from a mistake."""

from __future__ import annotations

from typing import Any

from actions.speaking import FlowAction
from reasoning.flows import emergencies
from reasoning.flows.turn import Flow


class GiveEmergencyAdvice(FlowAction):
    def name(self) -> str:
        return "action_give_emergency_advice"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.give_advice


class ConfirmEmergency(FlowAction):
    def name(self) -> str:
        return "action_confirm_emergency"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.confirm


class AskFlagAgain(FlowAction):
    def name(self) -> str:
        return "action_ask_flag_again"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.ask_again


class ClearFlag(FlowAction):
    def name(self) -> str:
        return "action_clear_flag"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.clear


class ChooseCountry(FlowAction):
    def name(self) -> str:
        return "action_choose_country"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.choose_country


class StartOver(FlowAction):
    def name(self) -> str:
        return "action_start_over"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return emergencies.start_over
