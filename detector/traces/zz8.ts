import { writeFileSync } from 'node:fs';
import { evaluateFamily, evaluateStyle, tradeOff } from './evaluate.ts';
import { families } from './machines.ts';
import { styles } from './people.ts';
import { trainModel } from './train.ts';

const n = Number(process.argv[2]);
const model = trainModel({ seed: 1, people: n });
console.log(model.thresholds);
const p = (x: number, n: number) => (x / n).toFixed(3);
const row = (f: any) =>
  console.log(
    f.name.padEnd(24),
    'H',
    p(f.verdicts['human-like'], f.n),
    'N',
    p(f.verdicts.neutral, f.n),
    'M',
    p(f.verdicts['machine-like'], f.n),
    '| trace',
    p(f.outcomes.byTrace, f.n),
    'answers',
    p(f.outcomes.byAnswers, f.n),
    'failed',
    p(f.outcomes.failed, f.n),
  );
for (const s of styles) row(evaluateStyle(model, s, 1, n));
for (const f of families) row(evaluateFamily(model, f, 1, n));
for (const { share, styles: st } of tradeOff(model, 1, n, [0.01, 0.05, 0.1]))
  console.log(share, st.map((s) => s.name + ' ' + p(s.verdicts['human-like'], s.n)).join(', '));
writeFileSync('/tmp/tt/m2.json', JSON.stringify(model));
