"""How far the model can be believed: calibration, and risk against coverage."""

from __future__ import annotations

from matplotlib.figure import Figure

from newtrick.report.plots.look import ACCENT, INK, MUTED
from newtrick.report.record import RunRecord


def plot_reliability(record: RunRecord, figure: Figure) -> None:
    """Draw the share of right answers against their probability, before and after calibration."""
    axes = figure.subplots()
    axes.set_title("Right answers, %")
    axes.plot([0, 100], [0, 100], color=INK, linestyle=":", linewidth=1, label="as sure as right")
    if record.curves is not None:
        for bins, look, colour, name in (
            (record.curves.before, "s--", MUTED, "before"),
            (record.curves.after, "o-", ACCENT, "calibrated"),
        ):
            full = bins.rows > 0
            axes.plot(
                bins.confidence[full] * 100,
                bins.accuracy[full] * 100,
                look,
                color=colour,
                label=name,
            )
    lowest = 100 / len(record.result.labels)
    axes.set(xlim=(lowest, 100), ylim=(0, 102), xlabel="probability of the answer, %")
    figure.legend(loc="outside lower center", ncols=3)


def plot_risk(record: RunRecord, figure: Figure) -> None:
    """Draw the share of wrong answers against that of the rows answered, the surest first."""
    axes = figure.subplots()
    axes.set_title("Wrong answers, %")
    if record.curves is not None:
        curve = record.curves.risk
        coverage, risk = curve.coverage * 100, curve.risk * 100
        axes.plot(coverage, risk, color=ACCENT, label="the surest answers")
    if record.result.decisions is not None:
        fitted = record.result.decisions.abstention
        allowed = (1 - fitted.wanted_accuracy) * 100
        axes.axhline(allowed, color=MUTED, linestyle=":", label="allowed")
        if fitted.accuracy is not None:
            wrong = (1 - fitted.accuracy) * 100
            axes.plot(fitted.coverage * 100, wrong, "D", color=INK, label="threshold")
    axes.set(xlim=(0, 102), xlabel="answered test rows, %")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=3)
