import { describe, expect, it } from 'vitest';
import { MemoryStore } from '@munova/contracts/memory';
import { ManualRuntime } from '@munova/contracts/testing';
import { clusterRecord } from '../../src/cluster/record.js';
import { ConfigError, readConfig } from '../../src/config.js';

const KEY = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const config = readConfig({}, {});

describe('[P54] the key of a deployment', () => {
  it('[P54] is kept by the first process that has one, and any other is refused', async () => {
    const { deployment } = new MemoryStore(new ManualRuntime());
    const record = await clusterRecord(deployment, config, null);
    expect(await clusterRecord(deployment, config, KEY)).toEqual(record);
    expect(await clusterRecord(deployment, config, Buffer.from(KEY))).toEqual(record);
    await expect(clusterRecord(deployment, config, OTHER)).rejects.toThrow(ConfigError);
    await expect(clusterRecord(deployment, config, OTHER)).rejects.toThrow(
      /MUNOVA_DEPLOYMENT_KEY was given another key/,
    );
    expect(await clusterRecord(deployment, config, null)).toEqual(record);
  });
});
