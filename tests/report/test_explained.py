from __future__ import annotations

from newtrick.evaluation.explain.scores import ExplanationScores
from newtrick.report.explained import explanations_in_words


def test_a_check_of_explanations_has_an_interval_where_it_can_have_one() -> None:
    scores = ExplanationScores(
        rows=1,
        share_removed=0.2,
        drop_by_top_words=0.312,
        drop_by_random_words=-0.004,
        difference=0.316,
    )
    told = explanations_in_words(scores)

    assert "checked on 1 text: without the 20.0 % of the words" in told
    assert told.endswith("by −0.4, which is 31.6 less.")
    with_interval = scores.model_copy(update={"difference_interval": (0.25, 0.38)})
    assert explanations_in_words(with_interval).endswith("(95 % interval 25.0 to 38.0).")
