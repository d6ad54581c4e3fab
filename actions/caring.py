"""Consent to reminders, timers, when it began, check-ins and the pain diary."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import caring


class BeginReminders(FlowAction):
    flow = staticmethod(caring.begin_reminders)

    def name(self) -> str:
        return "action_begin_reminders"


class AgreeReminders(FlowAction):
    flow = staticmethod(caring.agree)

    def name(self) -> str:
        return "action_agree_reminders"


class DeclineReminders(FlowAction):
    flow = staticmethod(caring.decline)

    def name(self) -> str:
        return "action_decline_reminders"


class StopReminders(FlowAction):
    flow = staticmethod(caring.stop)

    def name(self) -> str:
        return "action_stop_reminders"


class TakeTime(FlowAction):
    flow = staticmethod(caring.take_time)

    def name(self) -> str:
        return "action_take_time"


class StartTimer(FlowAction):
    flow = staticmethod(caring.start_timer)

    def name(self) -> str:
        return "action_start_timer"


class AgainLater(FlowAction):
    flow = staticmethod(caring.again_later)

    def name(self) -> str:
        return "action_again_later"


class NoteStretches(FlowAction):
    flow = staticmethod(caring.did_stretches)

    def name(self) -> str:
        return "action_note_stretches"


class TakeOnset(FlowAction):
    flow = staticmethod(caring.take_onset)

    def name(self) -> str:
        return "action_take_onset"


class TakePain(FlowAction):
    flow = staticmethod(caring.take_pain)

    def name(self) -> str:
        return "action_take_pain"


class NoteBetter(FlowAction):
    flow = staticmethod(caring.better)

    def name(self) -> str:
        return "action_note_better"


class NoteSame(FlowAction):
    flow = staticmethod(caring.same)

    def name(self) -> str:
        return "action_note_same"


class NoteWorse(FlowAction):
    flow = staticmethod(caring.worse)

    def name(self) -> str:
        return "action_note_worse"


class NoteGone(FlowAction):
    flow = staticmethod(caring.gone)

    def name(self) -> str:
        return "action_note_gone"
