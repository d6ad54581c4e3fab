"""The components of config.yml over a few sentences, trained in a moment and without Rasa's graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path

from reasoning.strict_yaml import plain, read_yaml

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Pipeline:
    """Trained components in their order."""

    components: list[Any]
    made: list[tuple[type[GraphComponent], tuple[Any, ...]]]

    def read(self, text: str) -> dict[str, Any]:
        """The parse of a text."""
        message = Message.build(text)
        for component in self.components:
            message = component.process([message])[0]
        found: dict[str, Any] = message.as_dict(only_output_properties=True)
        return found

    def loaded(self) -> Pipeline:
        """The same, read back from where training stored it; components that learn nothing are made anew."""
        again = [kind.load(*arguments) for kind, arguments in self.made]
        return Pipeline(again, self.made)


def trained(data: TrainingData, folder: Path) -> Pipeline:
    """The pipeline of config.yml, trained on these examples."""
    storage = LocalModelStorage(folder)
    components, made = [], []
    for number, settings in enumerate(plain(read_yaml(ROOT / "config.yml"))["pipeline"]):
        name = settings.pop("name")
        kind = CountVectorsFeaturizer if name == "CountVectorsFeaturizer" else class_from_module_path(name)
        node = f"{number}_{kind.__name__}"
        context = ExecutionContext(GraphSchema({}), node_name=node)
        arguments = ({**kind.get_default_config(), **settings}, storage, Resource(node), context)
        component = kind.create(*arguments)
        if hasattr(component, "train"):
            component.train(data)
        if hasattr(component, "process_training_data"):
            data = component.process_training_data(data)
        components.append(component)
        made.append((kind, arguments))
    return Pipeline(components, made)
