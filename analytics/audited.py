"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from analytics.models import (
    AnalysisSettings,
    ChangedRow,
    ChangeMark,
    CurrentRun,
    ForecastOutcome,
    JudgedCustomers,
    LearnedModel,
    RecommendationFeedback,
    Run,
    RunColumns,
    RunSummary,
    SnapshotManifest,
    SwitchedOff,
)
from protection.audit.trail import audit, exempt

audit(AnalysisSettings)
audit(CurrentRun)
audit(RecommendationFeedback)
audit(SwitchedOff)

exempt(SnapshotManifest, because="Written by the program alone; the files can be made again.")
exempt(ChangeMark, because="Marks of the program to itself.")
exempt(Run, because="Written by the program alone; earlier runs are kept as they were.")
exempt(LearnedModel, because="Written by the program alone, once with its run.")
exempt(RunColumns, because="Written by the program alone; the file can be written again.")
exempt(ChangedRow, because="Notes of the program to itself.")
exempt(RunSummary, because="Sums over the rows of a run.")
exempt(JudgedCustomers, because="Written by the program alone; whoever goes is taken out of it.")
exempt(ForecastOutcome, because="Sums over what a run said and what came.")
