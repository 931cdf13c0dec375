/** The parts of `ws` that its types leave out: what it reads and writes frames with. */
import type { Writable } from 'node:stream';
import * as ws from 'ws';

interface FrameOptions {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly mask: boolean;
  readonly readOnly: boolean;
}

interface WsParts {
  readonly Receiver: new (options: { readonly isServer: boolean; readonly maxPayload: number }) => Writable;
  readonly Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] };
}

export const { Receiver, Sender } = ws as unknown as WsParts;
