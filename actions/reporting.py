"""Reports of wrong advice."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import reporting


class ReportWrongAdvice(FlowAction):
    flow = staticmethod(reporting.report)

    def name(self) -> str:
        return "action_report_wrong_advice"


class AwaitReport(FlowAction):
    flow = staticmethod(reporting.wait_for_words)

    def name(self) -> str:
        return "action_await_report"


class KeepReport(FlowAction):
    flow = staticmethod(reporting.keep_words)

    def name(self) -> str:
        return "action_keep_report"


class DeclineReport(FlowAction):
    flow = staticmethod(reporting.decline)

    def name(self) -> str:
        return "action_decline_report"
