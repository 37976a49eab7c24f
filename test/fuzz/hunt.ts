import type { Chance } from '#test/faults/chance.ts';
import type { Coverage } from './coverage.ts';
import { examine, type Finding, findingOf } from './examine.ts';
import { mutate } from './mutate.ts';
import { type Input, isSameInput, type Seed, type Target } from './target.ts';

export interface Tally {
  executions: number;
  refused: number;
  /** Accepted in another spelling that means the same. */
  same: number;
  allowed: number;
  reasons: Set<string>;
  /** Inputs that reached code which none before them had. */
  kept: number;
  slowest: number;
  milliseconds: number;
}

interface Case {
  seed: Seed;
  input: Input;
}

/** So long inputs are tried between two looks at what they reached: a look costs several milliseconds. */
const stepMs = 60;
const mostPerStep = 400;
/** One finding shows a fault; a thousand of the same hide the others. */
const mostFindings = 5;

/** One target and what was learnt about it. */
export class Hunt {
  readonly target: Target;
  readonly findings: Finding[] = [];
  readonly tally: Tally = {
    executions: 0,
    refused: 0,
    same: 0,
    allowed: 0,
    reasons: new Set(),
    kept: 0,
    slowest: 0,
    milliseconds: 0,
  };
  readonly #chance: Chance;
  readonly #coverage: Coverage | undefined;
  readonly #corpus: Case[];

  constructor(target: Target, chance: Chance, coverage: Coverage | undefined) {
    this.target = target;
    this.#chance = chance;
    this.#coverage = coverage;
    this.#corpus = target.seeds.map((seed) => ({ seed, input: seed.input }));
  }

  get isOver(): boolean {
    return this.findings.length >= mostFindings;
  }

  /** The originals are good, or nothing that follows would say anything. */
  async tryOriginals(): Promise<void> {
    for (const { seed, input } of this.#corpus) {
      const { outcome, found } = await examine(seed, input);
      if (found !== undefined) this.findings.push(findingOf(this.target.name, seed, input, found));
      else if (outcome.status === 'refused')
        this.findings.push(
          findingOf(this.target.name, seed, input, `the seed is refused: ${outcome.reason}`),
        );
    }
    await this.#coverage?.hasNew();
  }

  /** Mutations, a given number or as many as there is time for; those that reach new code become seeds themselves. */
  async step(count?: number): Promise<void> {
    const started = performance.now();
    const cases: Case[] = [];
    const isEnough = () =>
      count === undefined
        ? cases.length >= mostPerStep || performance.now() - started > stepMs
        : cases.length >= count;
    while (!this.isOver && !isEnough()) {
      const made = this.#make();
      cases.push(made);
      await this.#run(made);
    }
    if (await this.#coverage?.wouldBeNew()) await this.#keepFrom(cases);
    this.tally.milliseconds += performance.now() - started;
  }

  #make(): Case {
    const recent = this.#corpus.slice(-20);
    const { seed, input } = this.#chance.pick(this.#chance.happens(0.4) ? recent : this.#corpus);
    const donor = this.#chance.pick(this.#corpus).input;
    const isList = this.target.isList ?? false;
    const mutated = mutate(input, this.#chance, donor, isList);
    return isSameInput(mutated, seed.input) ? this.#make() : { seed, input: mutated };
  }

  async #run({ seed, input }: Case): Promise<void> {
    const { outcome, found, elapsed } = await examine(seed, input);
    const { tally } = this;
    tally.executions += 1;
    tally.slowest = Math.max(tally.slowest, elapsed);
    if (found !== undefined) this.findings.push(findingOf(this.target.name, seed, input, found));
    else if (outcome.status === 'refused') {
      tally.refused += 1;
      tally.reasons.add(outcome.reason);
    } else if (outcome.status === 'same') tally.same += 1;
    else tally.allowed += 1;
  }

  /** Which of them it was shows from running halves of them again. */
  async #keepFrom(cases: readonly Case[]): Promise<void> {
    for (const one of cases) await examine(one.seed, one.input);
    const [only, ...others] = cases;
    if (!only || !(await this.#coverage?.wouldBeNew())) return;
    if (others.length > 0) {
      const half = Math.ceil(cases.length / 2);
      await this.#keepFrom(cases.slice(0, half));
      await this.#keepFrom(cases.slice(half));
      return;
    }
    await examine(only.seed, only.input);
    await this.#coverage?.hasNew();
    this.#corpus.push(only);
    this.tally.kept += 1;
  }
}
