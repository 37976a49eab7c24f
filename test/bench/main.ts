import { parseArgs } from 'node:util';
import { benchmarks, select } from './benchmarks.ts';
import { buildAll } from './builds.ts';
import { startEngine } from './engine.ts';
import { describeMachine, describeRevision } from './machine.ts';
import { judge, type Metric } from './metric.ts';
import { asMarkdown, asTable, writeDocument } from './report.ts';

const usage = `npm run bench -- [options]
  --only NAME[,NAME]  these benchmarks or metrics; benchmarks are ${Object.keys(benchmarks).join(', ')}
  --quick             fewer samples, at most a minute
  --peers             PostgreSQL and Redis too, where they are installed
  --profile DIR       CPU profiles of the measured functions, which slows them
  --json              one JSON object on standard output
  --markdown          the table of docs/performance.md on standard output
  --write             the same into docs/performance.md
Ends with 0 also when a target is missed, and with 1 when something could not be measured.`;

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return { ...values, ...select(values.only?.split(','), values.peers) };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(1);
  }
};

const options = readOptions();
const progress = (line: string) => console.error(line);
if (options.help) {
  console.log(usage);
  process.exit();
}

const began = performance.now();
const metrics: Metric[] = [];
const [engine, builds] = await Promise.all([startEngine(), buildAll()]);
for (const name of options.chosen) {
  progress(`${name} ...`);
  try {
    const measured = await benchmarks[name].run({
      engine,
      builds,
      quick: options.quick,
      profile: options.profile,
      progress,
    });
    metrics.push(...measured.map(judge).filter((metric) => options.wanted(metric.name)));
  } catch (error) {
    progress(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}
await Promise.all([builds.remove(), engine.stop()]);

const report = {
  machine: describeMachine(options.chosen.includes('peers')),
  commit: describeRevision(),
  metrics,
};
if (options.json) console.log(JSON.stringify(report, null, 2));
else console.log(options.markdown ? asMarkdown(report) : asTable(report));
if (options.write) writeDocument(report);

const missed = metrics.filter(({ ok }) => ok === false);
if (missed.length > 0)
  progress(
    `missed: ${missed.map(({ name, value, target }) => `${name} is ${value}, not ${target}`).join('; ')}`,
  );
else if (metrics.some(({ ok }) => ok)) progress('every target measured is met');
progress(`took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
