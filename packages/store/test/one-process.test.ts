import { describe, expect, it } from 'vitest';
import { runChild } from './support/child.js';
import { useBench } from './support/store-place.js';

describe('[S43] one process a folder', { timeout: 30_000 }, () => {
  const bench = useBench();
  const inUse = { name: 'StoreStartError', code: 'folder-in-use' };

  it('refuses another process while the first lives, and lets one in as soon as that was killed', async () => {
    const first = runChild('appender.ts', bench.folder, '1');
    try {
      await first.saw('open');
      await expect(bench.open()).rejects.toMatchObject(inUse);
    } finally {
      await first.kill();
    }
    expect(await (await bench.open()).healthy()).toBe(true);
  });

  it('refuses the same process, and lets it in after the first store was closed', async () => {
    const first = await bench.open();
    await expect(bench.open()).rejects.toMatchObject(inUse);
    // The refused one must not have taken the lock away with it.
    await expect(bench.open()).rejects.toMatchObject(inUse);
    const other = runChild('appender.ts', bench.folder, '1');
    await expect(other.saw('open')).rejects.toThrow('ended without saying');
    await first.close();
    expect(await (await bench.open()).healthy()).toBe(true);
  });
});
