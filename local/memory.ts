import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory in MB of this process and all below it. Pages that they share are counted in each: an upper bound. */
export function residentMemoryMb(): number {
  const kilobytes = [process.pid, ...descendants(process.pid)].map(residentKb);
  return Math.round(kilobytes.reduce((a, b) => a + b, 0) / 1024);
}

/** Processes below this one. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

const status = (pid: number, field: string): number | undefined => {
  try {
    const value = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    // It ended since the folder was read.
    return undefined;
  }
};
const parentOf = (pid: number) => status(pid, 'PPid');
const residentKb = (pid: number) => status(pid, 'VmRSS') ?? 0;
