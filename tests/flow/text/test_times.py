import pytest

from minichannels.flow.model.times import percentile
from minichannels.flow.text.times import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.00001234, "0.012 ms"),
        (0.0012, "1.2 ms"),
        (0.0994, "99 ms"),
        (0.0996, "100 ms"),
        (0.4, "400 ms"),
        (0.9996, "1.0 s"),
        (12.34, "12.3 s"),
        (59.96, "1 min 0 s"),
        (3_725, "62 min 5 s"),
    ],
)
def test_a_duration_is_told_in_few_digits(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, p) for p in (1, 50, 95, 100)] == [1, 50, 95, 100]
    assert percentile([1, 2, 3], 50) == 2
    assert percentile([7], 95) == 7
