"""The person's data: told, handed over, deleted; and the sheet for a doctor."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import my_data


class TellMyData(FlowAction):
    flow = staticmethod(my_data.tell)

    def name(self) -> str:
        return "action_tell_my_data"


class TellWhatIsKept(FlowAction):
    flow = staticmethod(my_data.what_is_kept)

    def name(self) -> str:
        return "action_tell_what_is_kept"


class ExportData(FlowAction):
    flow = staticmethod(my_data.export)

    def name(self) -> str:
        return "action_export_data"


class AskToDelete(FlowAction):
    flow = staticmethod(my_data.ask_to_delete)

    def name(self) -> str:
        return "action_ask_to_delete"


class DeleteData(FlowAction):
    flow = staticmethod(my_data.delete)

    def name(self) -> str:
        return "action_delete_data"


class KeepData(FlowAction):
    flow = staticmethod(my_data.keep)

    def name(self) -> str:
        return "action_keep_data"


class GiveDoctorSheet(FlowAction):
    flow = staticmethod(my_data.doctor_sheet)

    def name(self) -> str:
        return "action_give_doctor_sheet"
