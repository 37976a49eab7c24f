import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..');

/** The browser of the package, its fonts and the libraries that a bare system lacks: once per version. */
const unpack = async (): Promise<string> => {
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, '.local', 'browser', version);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  // The package unpacks into the folder for temporary files: shared by all, and there while it is half written.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = unfinished;
  try {
    const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'];
    await Promise.all(archives.map((name) => inflate(join(packed, 'bin', name))));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  writeFileSync(join(unfinished, 'fonts.conf'), fontsIn(join(folder, 'fonts'), join(folder, 'fonts-cache')));
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
};

const fontsIn = (folder: string, cache: string) =>
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><cachedir>${cache}</cachedir></fontconfig>\n`;

const args = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Ways to start one, the first that works is taken. */
const candidates = async (): Promise<{ executablePath: string; env?: Record<string, string> }[]> => {
  if (process.env.CHROMIUM) return [{ executablePath: process.env.CHROMIUM }];
  const installed = { executablePath: '/usr/bin/chromium' };
  if (process.arch !== 'x64') return [installed];
  const folder = await unpack();
  const executablePath = join(folder, 'chromium');
  const environment = {
    ...(process.env as Record<string, string>),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  };
  const LD_LIBRARY_PATH = join(folder, 'al2023', 'lib');
  return [
    { executablePath, env: environment },
    { executablePath, env: { ...environment, LD_LIBRARY_PATH } },
    installed,
  ];
};

/** A browser, or why there is none and what to do about it. */
const startBrowser = async (): Promise<{ browser: Browser } | { missing: string }> => {
  const reasons: string[] = [];
  try {
    for (const candidate of await candidates()) {
      try {
        return { browser: await chromium.launch({ args, ...candidate }) };
      } catch (error) {
        reasons.push(
          String(error).match(/error while loading shared libraries: [^\n]*/)?.[0] ?? firstLine(error),
        );
      }
    }
  } catch (error) {
    reasons.push(firstLine(error));
  }
  return {
    missing:
      `no browser starts (${[...new Set(reasons)].join('; ')}). Install one (apt-get install chromium) or its ` +
      'libraries (apt-get install libnss3), or name one in CHROMIUM',
  };
};

/** For a suite, with the title that it is to have. One that cannot run says so aloud: skipped tests show no title. */
export const openBrowser = async (suite: string): Promise<{ title: string; browser?: Browser }> => {
  const started = await startBrowser();
  if ('browser' in started) return { title: suite, ...started };
  const title = `${suite}: NOT RUN, ${started.missing}`;
  console.warn(title);
  return { title };
};

const firstLine = (error: unknown) => String(error).split('\n', 1)[0] ?? '';
