import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory in MB of this process and all below it. Pages that they share are counted in each: an upper bound. */
export function residentMemoryMb(): number {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const sum = (pid: number): number =>
    residentKb(pid) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return Math.round(sum(process.pid) / 1024);
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
