"""Emergency advice, and the way back from a mistake."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import emergencies


class GiveEmergencyAdvice(FlowAction):
    flow = staticmethod(emergencies.give_advice)

    def name(self) -> str:
        return "action_give_emergency_advice"


class ConfirmEmergency(FlowAction):
    flow = staticmethod(emergencies.confirm)

    def name(self) -> str:
        return "action_confirm_emergency"


class AskFlagAgain(FlowAction):
    flow = staticmethod(emergencies.ask_again)

    def name(self) -> str:
        return "action_ask_flag_again"


class ClearFlag(FlowAction):
    flow = staticmethod(emergencies.clear)

    def name(self) -> str:
        return "action_clear_flag"


class ChooseCountry(FlowAction):
    flow = staticmethod(emergencies.choose_country)

    def name(self) -> str:
        return "action_choose_country"


class StartOver(FlowAction):
    flow = staticmethod(emergencies.start_over)

    def name(self) -> str:
        return "action_start_over"
