import numpy as np
import pytest
from exchange_samples import G, changed, movement, refusal, text

from anklet.exchange.checks import MIN_SAMPLES, check_samples, mark_saturated
from anklet.exchange.csv_in import parse_samples
from anklet.model import Samples


@pytest.mark.parametrize("field", ["t_s", "acc_m_s2", "gyr_rad_s"])
def test_nan_from_elsewhere_is_named_by_sample(field):
    values = getattr(movement(2.0), field).copy()
    values[17] = np.nan
    message = refusal(check_samples, changed(movement(2.0), **{field: values}), "sensor 3")
    assert message.startswith("sensor 3, sample 17: the ")


@pytest.mark.parametrize("count", [0, 1, 3, MIN_SAMPLES - 1])
def test_too_few_samples(count):
    short = movement(0.5)
    short = Samples(short.t_s[:count], short.acc_m_s2[:count], short.gyr_rad_s[:count])
    assert f"{count} samples" in refusal(check_samples, short, "a")


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "ms"), (1e6, "us"), (1e9, "ns")])
@pytest.mark.parametrize("rate_hz", [25.0, 104.0, 1600.0])
def test_times_in_another_unit(factor, unit, rate_hz):
    samples = movement(2.0, rate_hz)
    message = refusal(check_samples, changed(samples, t_s=samples.t_s * factor), "a")
    assert f'like {unit}; convert it to s, or use a column map with t_unit = "{unit}"' in message


def test_rates_at_the_limits_pass_and_beyond_are_refused():
    for rate_hz in (20.0, 2000.0):
        assert check_samples(movement(12.0, rate_hz), "a") == ()
    assert "19 Hz" in refusal(check_samples, movement(12.0, 19.0), "a")
    assert "2100 Hz" in refusal(check_samples, movement(12.0, 2100.0), "a")


@pytest.mark.parametrize(
    ("acc", "says"),
    [
        (lambda a: a / G, 'acc_unit = "g"'),
        (lambda a: a / G * 1000, 'acc_unit = "mg"'),
        (lambda a: a - a.mean(axis=0), "hold gravity"),
        (lambda a: a * 0 + [0, 0, G], "never changes"),
    ],
)
def test_acceleration_that_cannot_be_right(acc, says):
    samples = movement()
    assert says in refusal(check_samples, changed(samples, acc_m_s2=acc(samples.acc_m_s2)), "a")


def test_gyroscope_that_never_changes():
    samples = movement()
    message = refusal(check_samples, changed(samples, gyr_rad_s=0 * samples.gyr_rad_s + 0.01), "a")
    assert "gyroscope was not measuring" in message


@pytest.mark.parametrize("peak_deg", [10.0, 40.0])
@pytest.mark.parametrize("period_s", [1.5, 6.0])
def test_slow_movement_in_deg_s_is_refused_and_in_rad_s_is_not(peak_deg, period_s):
    samples = movement(60.0, peak_deg=peak_deg, period_s=period_s)
    assert check_samples(samples, "a") == ()
    in_deg = changed(samples, gyr_rad_s=np.degrees(samples.gyr_rad_s))
    assert np.abs(in_deg.gyr_rad_s).max() < 100
    assert 'gyr_unit = "deg_s"' in refusal(check_samples, in_deg, "a")


def test_quiet_standing_passes_even_with_a_large_bias():
    still = movement(10.0, peak_deg=0.0)
    assert check_samples(still, "a") == ()
    assert check_samples(changed(still, gyr_rad_s=still.gyr_rad_s + 0.17), "a") == ()


def test_fast_movement_at_the_end_of_the_range_passes():
    rng = np.random.default_rng(2)
    walk = movement(20.0, peak_deg=90.0, period_s=0.45)
    assert 8 < np.abs(walk.gyr_rad_s).max() < 15
    impacts = changed(walk, acc_m_s2=walk.acc_m_s2 + rng.normal(0, 5, walk.acc_m_s2.shape))
    assert check_samples(impacts, "a") == ()
    kick = walk.gyr_rad_s.copy()
    kick[500:520] = np.radians(2000.0)
    assert check_samples(changed(walk, gyr_rad_s=kick), "a") == ()


def test_saturation_is_marked_and_warned_about():
    samples = movement(peak_deg=60.0, period_s=0.8)
    limit = np.radians(125.0)
    clipped = changed(samples, gyr_rad_s=np.clip(samples.gyr_rad_s, -limit, limit))
    true = (np.abs(samples.gyr_rad_s) >= limit).any(axis=1)
    marked = mark_saturated(clipped)
    assert true.sum() > 100
    assert (marked.saturated & ~true).sum() == 0
    assert marked.saturated.sum() >= true.sum() - 4
    (warning,) = parse_samples(text(clipped).encode(), "a.csv").warnings
    assert "wider range" in warning
    assert f"line {np.argmax(marked.saturated) + 2}" in warning


def test_a_smooth_quantised_peak_is_no_saturation():
    samples = movement(peak_deg=60.0, period_s=1.4)
    lsb = np.radians(0.5)
    smooth = np.zeros_like(samples.gyr_rad_s)
    smooth[:, 2] = np.round(3.0 * np.sin(2 * np.pi * 0.3 * samples.t_s) / lsb) * lsb
    assert (smooth[:, 2] == smooth[:, 2].max()).sum() >= 5
    assert not mark_saturated(changed(samples, gyr_rad_s=smooth)).saturated.any()


def test_marks_from_the_sensor_are_kept():
    samples = movement(2.0)
    flags = np.zeros(len(samples.t_s), bool)
    flags[7] = True
    marked = mark_saturated(Samples(samples.t_s, samples.acc_m_s2, samples.gyr_rad_s, flags))
    assert marked.saturated.tolist() == flags.tolist()
