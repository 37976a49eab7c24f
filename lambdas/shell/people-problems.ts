import { addProblems } from '#contract/describe-problem.ts';
import { peopleProblems } from '#contract/people-problems.ts';

/** Imported by the entry files of functions that refuse in these words. */
addProblems(peopleProblems);
