import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

interface Script {
  path: string;
  text: string;
  /** 1 where a character's code has run, by offset: types are stripped in place, so offsets are the file's own. */
  ran: Uint8Array;
}

export interface Coverage {
  /** Whether code has run since the last call that never ran before, which is remembered. */
  hasNew(): Promise<boolean>;
  /** As `hasNew`, without remembering. */
  wouldBeNew(): Promise<boolean>;
  /** Lines that never ran, by file, and how many there are in all. */
  missed(): { path: string; lines: number[]; of: number }[];
  blocks(): number;
}

const watched = /\/core\/(?:attestation|devices)\/[\w-]+\.ts$|\/core\/offers\/offer-token\.ts$/;

/** Block coverage of the parsers by V8 itself. To be called before they are loaded: what is compiled earlier has none. */
export const startCoverage = async (): Promise<Coverage> => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const scripts = new Map<string, Script>();
  const blocks = new Set<string>();

  const scriptOf = (url: string): Script => {
    const known = scripts.get(url);
    if (known) return known;
    const path = fileURLToPath(url);
    const text = readFileSync(path, 'utf8');
    const script = {
      path: path.slice(path.indexOf('/core/') + 1),
      text,
      ran: new Uint8Array(text.length + 1),
    };
    scripts.set(url, script);
    return script;
  };

  const take = async (): Promise<Profiler.ScriptCoverage[]> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result.filter(({ url }) => watched.test(url));
  };

  const look = async (isKept: boolean): Promise<boolean> => {
    let isNew = false;
    for (const { url, functions } of await take()) {
      const { ran, text } = scriptOf(url);
      const now = new Uint8Array(ran.length);
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          now.fill(count > 0 ? 1 : 0, startOffset, Math.min(endOffset, text.length));
          if (count > 0 && isKept) blocks.add(`${url}:${startOffset}-${endOffset}`);
        }
      for (let at = 0; at < now.length; at += 1) {
        if (!now[at] || ran[at]) continue;
        isNew = true;
        if (isKept) ran[at] = 1;
      }
    }
    return isNew;
  };

  return {
    hasNew: () => look(true),
    wouldBeNew: () => look(false),
    blocks: () => blocks.size,
    missed: () =>
      [...scripts.values()]
        .map(({ path, text, ran }) => {
          let offset = 0;
          const lines = text
            .trimEnd()
            .split('\n')
            .map((line) => {
              const from = offset + line.length - line.trimStart().length;
              offset += line.length + 1;
              return ran.subarray(from, from + Math.max(1, line.trim().length)).some((one) => one === 1);
            });
          return {
            path,
            lines: lines.flatMap((hasRun, index) => (hasRun ? [] : [index + 1])),
            of: lines.length,
          };
        })
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
};
