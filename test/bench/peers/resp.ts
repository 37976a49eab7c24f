import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface RespClient {
  /** One command, one answer, as text. */
  call(...words: string[]): Promise<string>;
  end(): void;
}

const tries = 100;

/** As much of the Redis protocol (RESP2) as the benchmark speaks: one command at a time, answers that are text. */
export const connectResp = async (port: number): Promise<RespClient> => {
  const socket = await reach(port);
  socket.setNoDelay();
  let rest = '';
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    const answer = readAnswer(rest);
    if (!answer) return;
    rest = rest.slice(answer.length);
    if (answer.failed) waiting?.reject(new Error(answer.text));
    else waiting?.resolve(answer.text);
  });
  const lost = (error?: Error) => waiting?.reject(error ?? new Error('the connection to Redis ended'));
  socket.on('error', lost).on('close', () => lost());
  return {
    call: (...words) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
        socket.write(`*${words.length}\r\n${parts.join('')}`);
      }),
    end: () => socket.destroy(),
  };
};

/** The first answer in what has come so far, if it is complete. */
const readAnswer = (text: string): { text: string; failed: boolean; length: number } | undefined => {
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd < 0) return undefined;
  const line = text.slice(1, lineEnd);
  const afterLine = lineEnd + 2;
  if (text[0] !== '$') return { text: line, failed: text[0] === '-', length: afterLine };
  const length = afterLine + Number(line) + 2;
  return text.length < length
    ? undefined
    : { text: text.slice(afterLine, length - 2), failed: false, length };
};

/** The server needs a moment until it listens. */
const reach = async (port: number): Promise<Socket> => {
  for (let attempt = 1; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (attempt === tries) throw error;
      await delay(50);
    }
  }
};
