"""Counted words are a baseline that knows what words tell, and says which terms it counted."""

import numpy as np
import text_nets

from automl_tl.proof.text_baselines import Texts, cheap_on_texts


def drawn(count: int, *, seed: int) -> Texts:
    texts = text_nets.draw_texts(count, seed=seed)
    return Texts(
        texts=[text for text, _ in texts], targets=np.array([label == "sea" for _, label in texts], np.int64)
    )


def test_words_that_tell_the_class_are_found_and_said() -> None:
    asked = drawn(50, seed=3)

    found = cheap_on_texts(
        drawn(200, seed=1), drawn(50, seed=2), asked.texts, classes=3, metric="accuracy", seed=0
    )

    assert (found.probabilities.argmax(axis=1) == asked.targets).mean() > 0.9
    assert (found.probabilities[:, 2] == 0).all()
    assert "on TF-IDF of" in found.detail


def test_texts_without_two_letters_in_a_word_are_counted_by_letters() -> None:
    texts = Texts(texts=["a", "b"] * 20, targets=np.array([0, 1] * 20))

    found = cheap_on_texts(texts, texts, ["a", "b"], classes=2, metric="accuracy", seed=0)

    assert found.probabilities.argmax(axis=1).tolist() == [0, 1]
    assert found.detail.endswith("letters")
