import numpy as np

from analytics.algorithms.small_segments import FEWEST, TOGETHER, small_segments


def test_who_is_in_a_segment_of_few_is_told_apart_and_the_smallest_comes_first():
    """Of 2,000 half bought once; who bought often bought lately, but for 40 and 50 who have been silent for long."""
    often = np.repeat([1, 9], 1000)
    silent = np.where(often == 9, np.arange(2000) % 100, 200 + np.arange(2000) % 700)
    silent[-40:] = 880
    parts = small_segments(silent, often)
    assert next(iter(parts)) == TOGETHER
    sizes = [part.sum() for name, part in parts.items() if name != TOGETHER]
    assert sizes == sorted(sizes)
    assert parts["small:at_risk"].tolist() == [False] * 1960 + [True] * 40
    assert all(part.sum() >= FEWEST for part in parts.values())
    assert (parts[TOGETHER] >= parts["small:at_risk"]).all()


def test_of_nobody_and_of_few_there_are_no_small_segments():
    assert small_segments(np.array([]), np.array([])) == {}
    assert small_segments(np.arange(100), np.ones(100)) == {}
