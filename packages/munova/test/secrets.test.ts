import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, secretFile } from '../src/config.js';
import { ensureDeploymentKey, ensureJwtSecret, findJwtSecret } from '../src/secrets.js';

describe('[O3] secrets of a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'munova-secrets-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('[O3] are made once, for the owner only, and found again', () => {
    const config = readConfig({ dataDir: join(folder, 'new') }, {});
    expect(() => findJwtSecret(config)).toThrow(/MUNOVA_JWT_SECRET/);
    const secret = ensureJwtSecret(config);
    const key = ensureDeploymentKey(config);
    expect(ensureJwtSecret(config)).toBe(secret);
    expect(findJwtSecret(config)).toBe(secret);
    expect(ensureDeploymentKey(config)).toEqual(key);
    expect(key.byteLength).toBeGreaterThanOrEqual(32);
    expect(statSync(secretFile(config.dataDir)).mode & 0o777).toBe(0o600);
    expect(readFileSync(secretFile(config.dataDir), 'utf8').trim()).toBe(secret);
  });

  it('[O3] give way to the variable', () => {
    const secret = 'x'.repeat(32);
    expect(ensureJwtSecret(readConfig({ dataDir: folder }, { MUNOVA_JWT_SECRET: secret }))).toBe(secret);
  });

  it('[O3] that were cut short are refused', () => {
    const config = readConfig({ dataDir: folder }, {});
    writeFileSync(secretFile(folder), 'short');
    expect(() => ensureJwtSecret(config)).toThrow(/5 bytes/);
  });
});
