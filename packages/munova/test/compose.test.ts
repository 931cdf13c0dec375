/** The compose file as far as it can be judged without containers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FIELDS, readConfig } from '../src/config.js';

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
}
const file = parse(readFileSync(new URL('../../../ops/compose.yaml', import.meta.url), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(file.services);
const ours = services.filter(([, { image }]) => image === 'munova-chat');
const filledIn = (environment: Service['environment'] = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.startsWith('${') ? 'x'.repeat(64) : value]),
  );

describe('[P16] ops/compose.yaml', () => {
  it('[P16] starts two edges, two actor nodes, a migration, one Redis and three members', () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      'actors-1 actors-2 edge-1 edge-2 migrate mongo-1 mongo-2 mongo-3 redis'.split(' '),
    );
    expect(ours.map(([, { command }]) => command[0])).toEqual(['migrate', 'actors', 'actors', 'edge', 'edge']);
    for (const [name, { command }] of ours) {
      if (name !== 'migrate') expect(command).toEqual([name.split('-')[0], '--node-id', name]);
    }
  });

  it.each(ours)('[P16] gives %s only variables that there are, with values that are allowed', (_, { environment }) => {
    const known = new Set<string>(Object.values(FIELDS).map(({ env }) => env));
    expect(Object.keys(environment ?? {}).filter((name) => !known.has(name))).toEqual([]);
    expect(() => readConfig({}, filledIn(environment))).not.toThrow();
  });

  it('[P16] names only services and volumes that there are', () => {
    for (const [, { depends_on = {}, volumes = [] }] of services) {
      for (const name of Object.keys(depends_on)) expect(file.services).toHaveProperty(name);
      for (const volume of volumes) expect(file.volumes).toHaveProperty(volume.split(':')[0] ?? '');
    }
  });
});
