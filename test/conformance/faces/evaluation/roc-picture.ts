import { rocOf, type Scores } from './figures.ts';

/** Pixels of the picture and of the plane in it. */
const [width, height] = [640, 400];
const plane = { left: 64, top: 24, right: 616, bottom: 340 } as const;

/** Colours of both themes of a reader; a picture within a page hears of no other switch. */
const style = `text{font:13px system-ui,sans-serif;fill:#3b434c}.grid{stroke:#d5dae0}.axis{stroke:#59636e}.curve{stroke:#0a5fb4;fill:none;stroke-width:2.5}.point{fill:#b3420b}
@media(prefers-color-scheme:dark){text{fill:#c4ccd6}.grid{stroke:#363d46}.axis{stroke:#9aa4af}.curve{stroke:#6cb2ff}.point{fill:#ff9d5c}}`;

const number = (value: number) => String(Math.round(value * 100) / 100);
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;

/**
 * Genuine pairs that pass against strangers that pass, over all thresholds; strangers on a logarithmic scale down to one
 * half of the smallest share that so many can show, where none stands for 0. The point is where the product decides.
 */
export const rocPicture = (scores: Scores, passAt: number): string => {
  const strangers = Math.max(1, scores.different.length);
  const decades = Math.max(1, Math.ceil(Math.log10(strangers)));
  const floor = 0.5 * 10 ** -decades;
  const shown = Math.log10(1 / floor);
  const x = (fmr: number) =>
    plane.right + (Math.log10(Math.max(fmr, floor)) / shown) * (plane.right - plane.left);
  const points = rocOf(scores);
  // What is of interest is near the top; below half, a system is not worth a picture.
  const worst = Math.min(...points.filter(({ fmr }) => fmr > 0).map(({ tar }) => tar), 1);
  const bottom = worst >= 0.9 ? 0.9 : worst >= 0.5 ? 0.5 : 0;
  const y = (tar: number) =>
    plane.bottom - ((Math.max(tar, bottom) - bottom) / (1 - bottom)) * (plane.bottom - plane.top);

  const ticksX = Array.from({ length: decades + 1 }, (_, decade) => 10 ** -decade);
  const ticksY = Array.from({ length: 6 }, (_, step) => bottom + ((1 - bottom) * step) / 5);
  const grid = [
    ...ticksX.map((fmr) => {
      const at = number(x(fmr));
      return `<path class="grid" d="M${at} ${plane.top}V${plane.bottom}"/><text x="${at}" y="${plane.bottom + 20}" text-anchor="middle">${percent(fmr)}</text>`;
    }),
    `<text x="${plane.left}" y="${plane.bottom + 20}" text-anchor="middle">none</text>`,
    ...ticksY.map((tar) => {
      const at = number(y(tar));
      return `<path class="grid" d="M${plane.left} ${at}H${plane.right}"/><text x="${plane.left - 8}" y="${Number(at) + 4}" text-anchor="end">${percent(tar)}</text>`;
    }),
  ];
  // Between two thresholds nothing changes but in steps.
  const curve = points
    .map(({ fmr, tar }, index) =>
      index === 0
        ? `M${plane.left} ${number(y(0))}H${number(x(fmr))}V${number(y(tar))}`
        : `H${number(x(fmr))}V${number(y(tar))}`,
    )
    .join('');
  const share = (all: readonly number[]) =>
    all.filter((score) => score >= passAt).length / Math.max(1, all.length);
  const [fmr, tar] = [share(scores.different), share(scores.same)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Genuine pairs that pass against strangers that pass, at every threshold">
<style>${style}</style>
${grid.join('\n')}
<path class="axis" fill="none" d="M${plane.left} ${plane.top}V${plane.bottom}H${plane.right}"/>
<path class="curve" d="${curve}"/>
<circle class="point" cx="${number(x(fmr))}" cy="${number(y(tar))}" r="5"/>
<text x="${(plane.left + plane.right) / 2}" y="${plane.bottom + 44}" text-anchor="middle">Pairs of two people that pass (${scores.different.length} compared)</text>
<text transform="translate(16 ${(plane.top + plane.bottom) / 2}) rotate(-90)" text-anchor="middle">Pairs of one person that pass (${scores.same.length})</text>
</svg>
`;
};
