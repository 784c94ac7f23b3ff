"""(pure) Helm charts: their files, their values for each environment, and who installs them."""

from scorecards.reading.charts.chart import Chart, Values, chart_at, charts

__all__ = ["Chart", "Values", "chart_at", "charts"]
