export interface Escape {
  kind: string;
  what: string;
  request: unknown;
}

/** As it goes from one process to another. */
export interface TallyRecord {
  kinds: readonly (readonly [string, readonly (readonly [string, number])[]])[];
  escapes: readonly Escape[];
  originals: number;
}

/** What became of liftings, by kind. */
export class Tally {
  readonly kinds = new Map<string, { count: number; reasons: Map<string, number> }>();
  readonly escapes: Escape[] = [];
  originals = 0;
  count = 0;

  refused(kind: string, reason: string): void {
    const known = this.kinds.get(kind) ?? { count: 0, reasons: new Map<string, number>() };
    known.count += 1;
    known.reasons.set(reason, (known.reasons.get(reason) ?? 0) + 1);
    this.kinds.set(kind, known);
    this.count += 1;
  }

  /** Takes in what another process has counted. */
  add({ kinds, escapes, originals }: TallyRecord): void {
    this.originals += originals;
    this.escapes.push(...escapes);
    for (const [kind, reasons] of kinds)
      for (const [reason, count] of reasons) {
        const known = this.kinds.get(kind) ?? { count: 0, reasons: new Map<string, number>() };
        known.count += count;
        known.reasons.set(reason, (known.reasons.get(reason) ?? 0) + count);
        this.kinds.set(kind, known);
        this.count += count;
      }
  }

  record(): TallyRecord {
    const kinds = [...this.kinds].map(([kind, { reasons }]) => [kind, [...reasons]] as const);
    return { kinds, escapes: this.escapes, originals: this.originals };
  }

  escaped(kind: string, what: string, request: unknown): void {
    this.refused(kind, 'ESCAPED');
    if (this.escapes.length < 50) this.escapes.push({ kind, what, request });
  }
}

const shown = 3;

const reasonsOf = (reasons: ReadonlyMap<string, number>): string => {
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]);
  const text = sorted.slice(0, shown).map(([reason, count]) => `${reason} ${count.toLocaleString('en-GB')}`);
  return [...text, ...(sorted.length > shown ? [`${sorted.length - shown} more`] : [])].join(', ');
};

export const renderTally = (title: string, tally: Tally, seconds: number): string =>
  [
    `${title}: ${tally.originals.toLocaleString('en-GB')} originals, each accepted once`,
    ...[...tally.kinds]
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .map(
        ([kind, { count, reasons }]) =>
          `  ${kind.padEnd(52)} ${count.toLocaleString('en-GB').padStart(9)}  ${reasonsOf(reasons)}`,
      ),
    `${title}: ${tally.count.toLocaleString('en-GB')} liftings of ${tally.kinds.size} kinds in ${seconds.toFixed(1)} s, ${tally.escapes.length} accepted or broken`,
    ...tally.escapes
      .slice(0, 10)
      .map(({ kind, what, request }) => `ESCAPED ${kind}: ${what}\n  ${JSON.stringify(request)}`),
  ].join('\n');
