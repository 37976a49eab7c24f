import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.ts';
import { fewerColours } from './fewer-colours.ts';
import { openStandIn } from './stand-in.ts';
import { states } from './states.ts';

/** `node test/e2e/screenshots.ts` draws the pictures of docs anew: file, state, and colours. */
const pictures = [
  ['work', 'work', 'light'],
  ['unlock', 'unlock', 'light'],
  ['picture', 'picture, chosen', 'light'],
  ['picture-dark', 'picture, chosen', 'dark'],
  ['picture-wrong', 'picture, wrong', 'light'],
  ['sound', 'sound, chosen', 'light'],
  ['person', 'person, asked', 'light'],
  ['passed', 'passed', 'light'],
] as const;

interface Pixels {
  width: number;
  height: number;
  /** Base64. */
  rgba: string;
}
/** The browser knows how to read its own PNG. */
const pixelsOf = (png: Buffer) => `(async () => {
  const image = new Image();
  image.src = 'data:image/png;base64,${png.toString('base64')}';
  await image.decode();
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let rgba = '';
  for (let at = 0; at < data.length; at += 30_000) rgba += btoa(String.fromCharCode(...data.subarray(at, at + 30_000)));
  return { width, height, rgba };
})()`;

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const largestBytes = 60_000;

const { browser } = await openBrowser('screenshots');
if (!browser) process.exit(1);
const world = await openStandIn();
mkdirSync(folder, { recursive: true });
for (const [name, state, colorScheme] of pictures) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 640 },
    // The water is noise, which takes many bytes.
    deviceScaleFactor: state.startsWith('picture') ? 1 : 1.5,
    reducedMotion: 'reduce',
    colorScheme,
  });
  const page = await context.newPage();
  await states[state]?.(page, world);
  const taken = await page.screenshot({ fullPage: true });
  const { width, height, rgba } = (await page.evaluate(pixelsOf(taken))) as Pixels;
  const picture = fewerColours(width, height, Buffer.from(rgba, 'base64'));
  const path = `${folder}challenge-${name}.png`;
  writeFileSync(path, picture);
  console.log(`${path}: ${picture.length} bytes`);
  if (picture.length > largestBytes) process.exitCode = 1;
  await context.close();
}
await browser.close();
await world.stop();
