/** Line plots as SVG that needs nothing beside itself. */
export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Plot {
  readonly title: string;
  /** Names of the axes. */
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 300;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 40 };
const TICKS = 5;
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37'];

export const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** 1, 2 or 5 times a power of ten, so that about `TICKS` of them reach `max`. */
const stepOf = (max: number): number => {
  const rough = max / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  return step * power;
};

const ticks = (max: number): number[] => {
  const step = stepOf(max);
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
};

const show = (value: number): string => Number(value.toPrecision(6)).toLocaleString('en');

export const svgOf = ({ title, x, y, series }: Plot): string => {
  const points = series.flatMap((line) => line.points);
  const maxOf = (axis: 0 | 1): number => points.reduce((max, point) => Math.max(max, point[axis]), 0) || 1;
  const [maxX, maxY] = [maxOf(0), maxOf(1)];
  const bottom = HEIGHT - MARGIN.bottom;
  const left = (value: number): string =>
    (MARGIN.left + (value / maxX) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
  const top = (value: number): string => (bottom - (value / maxY) * (bottom - MARGIN.top)).toFixed(1);
  const text = (px: string | number, py: string | number, words: string, anchor: string): string =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}">${escapeMarkup(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" ` +
      'font-family="sans-serif" font-size="12" fill="#57606a">',
    `<title>${escapeMarkup(title)}</title>`,
    ...ticks(maxY).map(
      (value) =>
        `<path d="M${MARGIN.left} ${top(value)}H${WIDTH - MARGIN.right}" stroke="#d0d7de"/>` +
        text(MARGIN.left - 6, Number(top(value)) + 4, show(value), 'end'),
    ),
    ...ticks(maxX).map((value) => text(left(value), bottom + 16, show(value), 'middle')),
    text((WIDTH + MARGIN.left) / 2, HEIGHT - 6, x, 'middle'),
    text(MARGIN.left - 6, MARGIN.top - 14, y, 'end'),
    ...series.map(({ name, points: line }, i) => {
      const colour = COLOURS[i % COLOURS.length] ?? '';
      const path = line.map(([px, py]) => `${left(px)},${top(py)}`).join(' ');
      return (
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>` +
        `<g fill="${colour}">${text(MARGIN.left + 8 + i * 160, MARGIN.top - 14, name, 'start')}</g>`
      );
    }),
    '</svg>',
  ].join('\n');
};
