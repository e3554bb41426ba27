"""Demand over time: periods, decomposition, anomalies, forecasts judged by rolling origin. No Django."""
