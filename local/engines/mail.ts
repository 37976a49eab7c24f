import { startEngineThread } from './worker.ts';

export interface Mail {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Mails are kept in `folder`, if one is given. */
export async function startMail(folder: string | undefined, logFile: string): Promise<Mail> {
  return startEngineThread(new URL('./mail-thread.ts', import.meta.url), { folder }, logFile);
}
