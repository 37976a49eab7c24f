import type { Offer } from './market.ts';
import type { ClaimOutcome } from './station.ts';

export interface FamilyFacts {
  accounts: number;
  events: number;
  claims: number;
  won: number;
  /** Good blocks among those won. */
  good: number;
  /** Good blocks that a program claimed, by day. */
  stolen: number[];
}

/** What happened, counted by family while it happens. */
export class Tally {
  readonly families: Record<string, FamilyFacts> = {};
  readonly #days: number;

  constructor(days: number) {
    this.#days = days;
  }

  of(family: string): FamilyFacts {
    this.families[family] ??= {
      accounts: 0,
      events: 0,
      claims: 0,
      won: 0,
      good: 0,
      stolen: Array<number>(this.#days).fill(0),
    };
    return this.families[family];
  }

  event(family: string): void {
    this.of(family).events += 1;
  }

  claim(family: string, byProgram: boolean, offer: Offer, outcome: ClaimOutcome, today: number): void {
    const facts = this.of(family);
    facts.claims += 1;
    if (outcome !== 'won') return;
    facts.won += 1;
    if (!offer.good) return;
    facts.good += 1;
    // At the ends of the month the day of the station may not be one of the file's.
    const counted = Math.min(Math.max(today, 0), this.#days - 1);
    if (byProgram) facts.stolen[counted] = (facts.stolen[counted] ?? 0) + 1;
  }

  add(other: Readonly<Record<string, FamilyFacts>>): void {
    for (const [family, facts] of Object.entries(other)) {
      const sum = this.of(family);
      sum.accounts += facts.accounts;
      sum.events += facts.events;
      sum.claims += facts.claims;
      sum.won += facts.won;
      sum.good += facts.good;
      for (const [today, stolen] of facts.stolen.entries())
        sum.stolen[today] = (sum.stolen[today] ?? 0) + stolen;
    }
  }
}
