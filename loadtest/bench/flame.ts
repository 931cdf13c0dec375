/**
 * `node loadtest/dist/bench/flame.js PROFILE.cpuprofile OUT.svg [FROM_S TO_S]`: a flame graph of what `node --cpu-prof`
 * wrote. Width is time on the stack, the root at the bottom; idle time is left out.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}
interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Box {
  readonly name: string;
  readonly children: Map<string, Box>;
  micros: number;
}

const WIDTH = 1_600;
const ROW = 16;
const NARROWEST = 0.6;
const CHARACTER = 6.4;

const nameOf = ({ functionName, url }: CallFrame): string => {
  const file = url.split('/').at(-1) ?? '';
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : ` ${file}`}`;
};

const boxOf = (name: string): Box => ({ name, children: new Map(), micros: 0 });

const stacks = (profile: CpuProfile, from: number, to: number): Box => {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const parent = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  );
  const root = boxOf('all');
  let now = 0;
  profile.samples.forEach((sample, i) => {
    const micros = profile.timeDeltas[i] ?? 0;
    now += micros;
    const names: string[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parent.get(id)) {
      const node = byId.get(id);
      if (node !== undefined && node.callFrame.functionName !== '(root)') names.unshift(nameOf(node.callFrame));
    }
    if (now < from * 1e6 || now >= to * 1e6 || names[0] === '(idle)') return;
    let box = root;
    box.micros += micros;
    for (const name of names) {
      const next = box.children.get(name) ?? boxOf(name);
      box.children.set(name, next);
      box = next;
      box.micros += micros;
    }
  });
  return root;
};

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Warm colours, the same for the same name. */
const colour = (name: string): string => {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return `hsl(${String(10 + (sum % 45))} 80% ${String(62 + (sum % 13))}%)`;
};

const render = (root: Box): string => {
  const rows: string[] = [];
  let deepest = 0;
  const draw = (box: Box, x: number, depth: number): void => {
    const width = (box.micros / root.micros) * WIDTH;
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, depth);
    const share = `${((100 * box.micros) / root.micros).toFixed(1)} %`;
    const text = box.name.slice(0, Math.max(0, Math.floor(width / CHARACTER) - 1));
    const y = -(depth + 1) * ROW;
    rows.push(
      `<g><title>${escapeXml(box.name)} ${share}</title><rect x="${x.toFixed(1)}" y="${String(y)}" width="${width.toFixed(1)}" ` +
        `height="${String(ROW - 1)}" fill="${colour(box.name)}"/>` +
        `<text x="${(x + 2).toFixed(1)}" y="${String(y + ROW - 5)}">${escapeXml(text)}</text></g>`,
    );
    let at = x;
    for (const child of [...box.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      draw(child, at, depth + 1);
      at += (child.micros / root.micros) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = (deepest + 1) * ROW;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${String(-height)} ${String(WIDTH)} ${String(height)}" ` +
    `font-family="monospace" font-size="10">${rows.join('')}</svg>\n`
  );
};

const [input, output, from = '0', to = 'Infinity'] = process.argv.slice(2);
if (input === undefined || output === undefined) {
  process.stderr.write('usage: flame.js PROFILE.cpuprofile OUT.svg [FROM_S TO_S]\n');
  process.exitCode = 2;
} else {
  const profile = JSON.parse(readFileSync(input, 'utf8')) as CpuProfile;
  writeFileSync(output, render(stacks(profile, Number(from), Number(to))));
}
