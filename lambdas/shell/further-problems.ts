import { addProblems } from '#contract/describe-problem.ts';
import { furtherProblems } from '#contract/further-problems.ts';

/** Imported by the entry files of functions that refuse in these words. */
addProblems(furtherProblems);
