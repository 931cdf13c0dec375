import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRawLink } from '../../driver/raw-link.js';
import { secretOf, tokenFor } from '../../driver/product.js';
import { restData } from '../../driver/rest.js';
import { findStrace } from '../../driver/strace.js';
import { until } from '../../driver/wait.js';
import { scratchFolder, startProduct } from './run.js';

const MARK = 'durable-or-not-4711';
const RECEIPT = 'receipt-of-4711';

describe('[O11] durability', () => {
  it(
    '[O11] a receipt is written to the socket after an fdatasync of the file that took the message',
    { timeout: 120_000 },
    async () => {
      const folder = scratchFolder();
      const dataDir = join(folder, 'data');
      const trace = join(folder, 'trace.txt');
      const wrapper = [
        findStrace(),
        '-f',
        '-o',
        trace,
        '-s',
        '8192',
        '-e',
        'trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync',
      ];
      const product = await startProduct({ dataDir, wrapper });
      const token = tokenFor(secretOf(dataDir), { sub: 'owner' });
      const body = { chatName: 'trace', maxParticipants: 2, productCategoryId: [] };
      const { roomId } = await restData<{ roomId: string }>(product.ready.http, 'POST', '/api/chat/group', {
        token,
        body,
      });
      let receipted = false;
      const link = await openRawLink(product.target, token, {
        message: () => undefined,
        receipt: () => {
          receipted = true;
        },
        error: () => undefined,
        closed: () => undefined,
      });
      link.send({ destination: `/rooms/${roomId}/messages`, receipt: RECEIPT, 'content-type': 'text/plain' }, MARK);
      await until('the receipt', 20_000, () => receipted);
      await product.end('SIGTERM');

      const lines = readFileSync(trace, 'utf8').split('\n');
      const logged = lines.findIndex((line) => line.includes('pwrite64(') && line.includes(MARK));
      expect(logged, 'the message is written to a file').toBeGreaterThan(-1);
      const file = /pwrite64\((\d+),/.exec(lines[logged] ?? '')?.[1] ?? '';
      const synced = lines.findIndex((line, i) => i > logged && new RegExp(`f(data)?sync\\(${file}`).test(line));
      expect(synced, 'that file is synced afterwards').toBeGreaterThan(logged);
      // Where another thread's call came between, the end of the sync stands on a line of its own.
      const thread = lines[synced]?.split(' ')[0] ?? '';
      const done = lines.findIndex(
        (line, i) =>
          i >= synced && line.startsWith(`${thread} `) && /sync(\(| resumed)/.test(line) && /= 0$/.test(line),
      );
      const receipt = lines.findIndex((line) => line.includes('RECEIPT') && line.includes(RECEIPT));
      expect(receipt, 'the receipt is written after the sync has ended').toBeGreaterThan(done);
      expect(done).toBeGreaterThanOrEqual(synced);
    },
  );
});
