import { type Chance, logNormal } from '../chance.ts';
import { published } from '../offline/published.ts';

/**
 * How long a person needs from the opening of a drop to the tap: log-normal, once around what is usual for the person
 * and once around what is usual for people. The spreads are those of the account-months; the median is the issue's.
 */
export const medianMs = 4_000;
const { sigma, accountSigma } = published.reaction;
/** Of one drop's reactions over all people. */
export const sigmaOfAll = Math.hypot(sigma, accountSigma);

/** What is usual for a person, by what is usual for people: some are slow for good. */
export const paceOf = (chance: Chance): number => logNormal(chance, 1, accountSigma);
export const reactionOf = (chance: Chance, pace: number): number => logNormal(chance, pace * medianMs, sigma);
