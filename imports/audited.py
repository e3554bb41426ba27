"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from imports.models import Export, Import, RowProblem
from protection.audit.trail import exempt

exempt(Import, because="The row is its own record of what came in, and is written by the program alone.")
exempt(RowProblem, because="Part of the record of an import.")
exempt(Export, because="Written by the program alone; that a file left is in the log of accesses.")
