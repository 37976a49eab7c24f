import { type ChildProcess, spawn } from 'node:child_process';

export interface Reaper {
  /** The process ends with this one, however this one ends. */
  watch(child: ChildProcess): void;
  stop(): Promise<void>;
}

/**
 * No handler of ours runs on SIGKILL, and a child that blocks its event loop never sees its channel close.
 * A shell whose standard input is a pipe from this process notices the end of the pipe, and has nothing else to do.
 * Lines: `+ pid` and `- pid`; of a detached child the whole process group ends. The folder given, if any, goes with the processes.
 */
const script = `
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%%" $pid "*} \${pids#*" $pid "}" ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null || kill -9 "$pid" 2>/dev/null; done
[ -z "$1" ] || rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }
`;

export function startReaper(temporaryFolder?: string): Reaper {
  // Detached: Ctrl-C in a terminal reaches the whole process group, and the order of the end is ours to choose.
  const shell = spawn('/bin/sh', ['-c', script, 'reaper', temporaryFolder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  const ended = new Promise<void>((resolve) =>
    shell.once('exit', () => resolve()).once('error', () => resolve()),
  );
  shell.stdin.on('error', () => {});
  return {
    watch(child) {
      if (child.pid === undefined) return;
      shell.stdin.write(`+ ${child.pid}\n`);
      child.once('exit', () => {
        if (shell.stdin.writable) shell.stdin.write(`- ${child.pid}\n`);
      });
    },
    async stop() {
      shell.stdin.end();
      await ended;
    },
  };
}
