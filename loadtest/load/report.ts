/** The report of a run: JSON for programs, and a page that holds everything it shows. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunHost } from './host.js';
import type { LoadPlan } from './protocol.js';
import type { Result } from './result.js';
import { escapeMarkup, svgOf } from './svg.js';

export interface Report {
  readonly scenario: string;
  /** ISO-8601, UTC. */
  readonly at: string;
  /** That repeats it. */
  readonly command: string;
  readonly k6: string;
  readonly plan: LoadPlan;
  readonly host: RunHost;
  /** Limits that could not carry the load, as was said before it began. */
  readonly shortfalls: readonly string[];
  /** Processor time that the product took, all its threads (milliseconds); null where it is not known. */
  readonly productMs: number | null;
  readonly result: Result;
  /** As k6 sums them up. */
  readonly metrics: unknown;
}

const orUnknown = (value: number | null): string => (value === null ? 'not known' : value.toLocaleString('en'));

const hostRows = ({ openFiles, backlog, somaxconn, synBacklog, sources, portsEach }: RunHost): [string, string][] => [
  ['open files a process', orUnknown(openFiles)],
  ['listen backlog of the product', orUnknown(backlog)],
  ['net.core.somaxconn', orUnknown(somaxconn)],
  ['net.ipv4.tcp_max_syn_backlog', synBacklog === null ? 'not in force (SYN cookies)' : orUnknown(synBacklog)],
  ['addresses the load comes from × ports of each', `${String(sources)} × ${orUnknown(portsEach)}`],
];

const machine = (): string => {
  const [cpu] = cpus();
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GiB`;
  return `Node ${process.version}, ${process.platform} ${release()}, ${String(cpus().length)} × ${cpu?.model ?? 'CPU'}, ${memory}`;
};

const NOT_MEASURED =
  'What this does not measure: a network, TLS, clients that are slow. Where the product was started for the run, it ' +
  'shares the cores with k6, which takes more of them than the product does. Times are whole milliseconds.';

const rowsOf = ({ result, productMs }: Report): Result['rows'] =>
  productMs === null
    ? result.rows
    : [...result.rows, ['processor time of the product', `${(productMs / 1_000).toFixed(1)} s`]];

/** For a terminal, and the rows of a table in Markdown. */
export const rowsText = (report: Report): string =>
  rowsOf(report)
    .map(([what, value]) => `| ${what} | ${value} |`)
    .join('\n');

const table = (rows: readonly (readonly [string, string])[]): string =>
  `<table>${rows
    .map(([what, value]) => `<tr><td>${escapeMarkup(what)}</td><td>${escapeMarkup(value)}</td></tr>`)
    .join('\n')}</table>`;

const STYLE =
  'body{font:15px/1.5 sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#1f2328}' +
  'table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #d0d7de;padding:.3em .5em}' +
  'svg{width:100%;height:auto}code{background:#f6f8fa;padding:.1em .3em}.bad{color:#d1242f}';

export const htmlOf = (report: Report): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escapeMarkup(report.scenario)}, ${escapeMarkup(report.at)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeMarkup(report.scenario)}</h1>`,
    `<p>${escapeMarkup(`${report.at}, ${machine()}, ${report.k6}`)}<br><code>${escapeMarkup(report.command)}</code></p>`,
    report.result.passed
      ? '<p>Everything that was asked for happened.</p>'
      : '<p class="bad">Not everything happened.</p>',
    table(rowsOf(report)),
    ...report.result.plots.flatMap((plot) => [`<h2>${escapeMarkup(plot.title)}</h2>`, svgOf(plot)]),
    '<h2>Limits of the host</h2>',
    table(hostRows(report.host)),
    ...report.shortfalls.map((shortfall) => `<p class="bad">Too low: ${escapeMarkup(shortfall)}</p>`),
    `<p>${escapeMarkup(NOT_MEASURED)}</p></body></html>`,
    '',
  ].join('\n');

/** @returns the paths of the two files */
export const writeReport = (folder: string, report: Report): { readonly json: string; readonly html: string } => {
  mkdirSync(folder, { recursive: true });
  const stem = resolve(join(folder, `${report.scenario}-${report.at.replaceAll(/[:.]/g, '-')}`));
  const files = { json: `${stem}.json`, html: `${stem}.html` };
  writeFileSync(files.json, `${JSON.stringify({ ...report, machine: machine() }, null, 2)}\n`);
  writeFileSync(files.html, htmlOf(report));
  return files;
};
