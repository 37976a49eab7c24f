import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Finding, findingOf } from './examine.ts';
import type { Input, Target } from './target.ts';
import { treeOf, write } from './tree.ts';

/** No input within the caps may hold more, MB. */
const mostMb = 64;
const mb = 1024 * 1024;

const exposeCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  globalThis.gc ??= runInNewContext('gc') as typeof globalThis.gc;
  return () => globalThis.gc?.();
};

const inUse = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** The largest sizes that anything here takes. */
const sizes = [4_096, 16_384, 32_768];

const repeated = (bytes: readonly number[], size: number): Buffer =>
  Buffer.alloc(size, Buffer.from(bytes)).subarray(0, size - (size % bytes.length));

const der = (lead: number, body: Buffer): Buffer =>
  write({ format: 'der', lead: Buffer.of(lead), bytes: body });
const cbor = (major: number, count: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.of(major | 25, count >> 8, count & 0xff), body]);

/** DER in DER, each length right. */
const nestedDer = (lead: number, size: number): Buffer => {
  let inner: Buffer = Buffer.alloc(0);
  while (inner.length < size - 6) inner = der(lead, inner);
  return inner;
};

/** Structures in which little input makes much work: wide, deep, and both. */
const heavy = (size: number): Buffer[] => [
  Buffer.alloc(size),
  repeated([0x30, 0x80], size),
  repeated([0x24, 0x80], size),
  nestedDer(0x30, Math.min(size, 6_000)),
  der(0x30, repeated([5, 0], size - 8)),
  der(0x31, repeated([0x30, 0], size - 8)),
  der(0x30, repeated([0x30, 0x06, 0xa0, 0x04, 0x30, 0x02, 0x05, 0], size - 8)),
  Buffer.concat([Buffer.of(0x30, 0x80), repeated([0x24, 0x80, 0, 0], size - 4), Buffer.of(0, 0)]),
  repeated([0x81], size),
  repeated([0x9a, 0x7f, 0xff, 0xff, 0xff], size),
  cbor(0x80, size - 3, repeated([0x80], size - 3)),
  cbor(0x80, size - 3, repeated([0xa0], size - 3)),
  cbor(0x80, Math.floor((size - 3) / 2), repeated([0x81, 0x40], size - 3)),
  cbor(0xa0, Math.floor((size - 3) / 2), repeated([0x40, 0x40], size - 3)),
  Buffer.from('['.repeat(size)),
  Buffer.from(`${'['.repeat(size / 2)}${']'.repeat(size / 2)}`),
  Buffer.from(`[${'{},'.repeat(size / 3 - 2)}{}]`),
  Buffer.from(`{"a":${'{"a":'.repeat(size / 6 - 3)}1${'}'.repeat(size / 6 - 2)}`),
  Buffer.from('.'.repeat(size)),
  Buffer.from('A'.repeat(size)),
  Buffer.from(`${'\\'.repeat(size)}"`),
];

/** One part after the other made heavy; also as base64, and as the bytes within the seed's own structure. */
const heavyInputs = (input: Input, most: number): Input[] => {
  const trees = input.map((part) => treeOf(part));
  return sizes
    .filter((size) => size <= most)
    .flatMap(heavy)
    .flatMap((bytes) =>
      trees.flatMap((tree, at) => {
        const last = tree?.kids?.at(-1);
        const alone = [input.with(at, bytes), input.with(at, Buffer.from(bytes.toString('base64url')))];
        if (!tree || !last) return alone;
        delete last.kids;
        last.bytes = bytes;
        return [...alone, input.with(at, write(tree))];
      }),
    );
};

export interface Weight {
  inputs: number;
  heaviestMb: number;
  slowestMs: number;
}

/** What a target holds, at the end and in between, for the heaviest inputs that its caps let through. */
export const weigh = async (target: Target): Promise<{ weight: Weight; findings: Finding[] }> => {
  const collect = exposeCollector();
  const weight: Weight = { inputs: 0, heaviestMb: 0, slowestMs: 0 };
  const findings: Finding[] = [];
  const [seed] = target.seeds;
  if (!seed) return { weight, findings };
  collect();
  for (const input of heavyInputs(seed.input, target.cap ?? Number.POSITIVE_INFINITY)) {
    weight.inputs += 1;
    let [least, time] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // What others in this process leave behind is not the parser's: the lesser of several measurements.
    for (let tries = 0; tries < 3 && (least > mostMb || time > 50); tries += 1) {
      if (tries > 0) collect();
      const before = inUse();
      const started = process.threadCpuUsage().user;
      try {
        await seed.run(input);
      } catch (error) {
        findings.push(findingOf(target.name, seed, input, `an exception left the parser: ${error}`));
        break;
      }
      time = Math.min(time, (process.threadCpuUsage().user - started) / 1_000);
      least = Math.min(least, Math.max(0, inUse() - before) / mb);
    }
    if (!Number.isFinite(least)) continue;
    weight.heaviestMb = Math.max(weight.heaviestMb, least);
    weight.slowestMs = Math.max(weight.slowestMs, time);
    if (least > mostMb) findings.push(findingOf(target.name, seed, input, `${least.toFixed(0)} MB held`));
    if (time > 50)
      findings.push(findingOf(target.name, seed, input, `${time.toFixed(0)} ms of processor time`));
  }
  return { weight, findings };
};
