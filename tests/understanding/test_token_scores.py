"""The network behind the watch's second opinion: its graph, its words, its windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reasoning.red_flags import flags
from understanding.encoder import WINDOW
from understanding.token_scores import LOWEST, TokenScores


@pytest.fixture(scope="module")
def network() -> TokenScores:
    return TokenScores()


def best(network: TokenScores, text: str, flag: str) -> float:
    """The highest logit of a sign over the words of a text."""
    return float(network(text.split())[:, network.flags.index(flag)].max())


def test_every_sign_has_a_score_at_every_word(network: TokenScores) -> None:
    assert set(network.flags) == set(flags())
    assert network("my back hurts a lot".split()).shape == (5, len(flags()))


def test_what_tells_of_a_sign_scores_above_what_denies_it(network: TokenScores) -> None:
    told = best(network, "i cannot feel anything between my legs since yesterday", "saddle_numbness")
    assert told > 0 > best(network, "no numbness between my legs just a tight back", "saddle_numbness") + 1


def test_a_sign_is_found_at_the_end_of_a_long_message(network: TokenScores) -> None:
    """What lies beyond the first window is read too."""
    story = (
        "i drive a school bus and on monday i lifted the spare wheel into the hold because the other fellow was off "
        "sick . on tuesday it was stiff and my wife rubbed it with the stuff from the tube , which smells , and i "
        "did my runs as always . wednesday the children were loud and i had to turn round more often than i like . "
        "thursday i took the day off , sat by the window with a hot bottle , read the paper and fed the neighbour "
        "his cat . the cat is called biscuit and he does not care about anybody . my sister rang and told me about her "
        "kitchen for an hour , the new tiles and the old oven . today i wanted to go for a short walk but first i went "
        "to the bathroom and i stood there for twenty minutes and i cannot pee at all"
    ).split()
    assert len(story) > WINDOW
    found = network(story)[:, network.flags.index("bladder_retention")]
    assert np.logaddexp.reduce(found[-20:]) > 0 > np.logaddexp.reduce(found[:-40])


def test_words_without_letters_have_a_score(network: TokenScores) -> None:
    assert network([]).shape == (0, len(flags()))
    assert np.isfinite(network(["\u200b", "...", "\U0001f600"])).all()
    assert network([""]).max() == LOWEST


def test_a_missing_graph_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        TokenScores(tmp_path / "none.onnx")
