import { describe, expect, it } from 'vitest';
import { ConfigError, FIELDS, readConfig } from '../src/config.js';

describe('[O1] configuration', () => {
  it('[O1] takes the option before the variable and the variable before the default', () => {
    expect(readConfig({}, {}).httpPort).toBe(8080);
    expect(readConfig({}, { MUNOVA_HTTP_PORT: '9000' }).httpPort).toBe(9000);
    expect(readConfig({ httpPort: '0' }, { MUNOVA_HTTP_PORT: '9000' }).httpPort).toBe(0);
  });

  it.each([
    ['MUNOVA_HTTP_PORT', '65536'],
    ['MUNOVA_TCP_PORT', 'abc'],
    ['MUNOVA_TCP_PORT', '-1'],
    ['MUNOVA_HOST', 'not a host'],
    ['MUNOVA_SHARDS', '0'],
    ['MUNOVA_SHARDS', '1.5'],
    ['MUNOVA_RATE_SENDS', '50'],
    ['MUNOVA_RATE_SENDS', '0/10'],
    ['MUNOVA_MAX_CONNECTIONS', 'many'],
    ['MUNOVA_ORIGINS', 'shop.example'],
    ['MUNOVA_IMAGE_HOSTS', 'https://x'],
    ['MUNOVA_DEMO', 'yes'],
    ['MUNOVA_LOG_LEVEL', 'loud'],
    ['MUNOVA_BACKLOG', '0'],
  ])('[O1] refuses %s=%s, saying the field, what was given and what is allowed', (name, value) => {
    const read = (): unknown => readConfig({}, { [name]: value });
    expect(read).toThrow(ConfigError);
    const { allowed } = Object.values(FIELDS).find(({ env }) => env === name) ?? { allowed: '' };
    expect(read).toThrow(new RegExp(`${name} .*${JSON.stringify(value)}.*${allowed}`));
  });

  it('[O1] names the option where the option was wrong', () => {
    expect(() => readConfig({ httpPort: 'x' }, {})).toThrow(/--http-port was given "x"/);
  });

  it('[O1] never prints a secret', () => {
    expect(() => readConfig({}, { MUNOVA_JWT_SECRET: 'hunter2' })).toThrow(/given 7 bytes/);
    expect(() => readConfig({}, { MUNOVA_JWT_SECRET: 'hunter2' })).not.toThrow(/hunter2/);
  });

  it('[O2] refuses the demo sign-in off loopback', () => {
    expect(readConfig({}, { MUNOVA_DEMO: '1' }).demo).toBe(true);
    expect(readConfig({ host: '127.0.0.9' }, { MUNOVA_DEMO: '1' }).demo).toBe(true);
    expect(() => readConfig({ host: '0.0.0.0' }, { MUNOVA_DEMO: '1' })).toThrow(/MUNOVA_DEMO/);
    expect(() => readConfig({ host: '127.0.0.1.evil.example' }, { MUNOVA_DEMO: '1' })).toThrow(/MUNOVA_DEMO/);
  });

  it('[O1] reads lists and rates', () => {
    const config = readConfig(
      {},
      { MUNOVA_ORIGINS: 'https://a.example, http://b.example:81', MUNOVA_RATE_REST: '7/9' },
    );
    expect(config.origins).toEqual(['https://a.example', 'http://b.example:81']);
    expect(config.rateRest).toEqual({ perSecond: 7, burst: 9 });
  });
});
