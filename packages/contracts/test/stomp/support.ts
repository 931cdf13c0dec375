import { ChatError } from '@munova/contracts';
import { StompDecoder, type DecoderLimits, type StompFrame, type StompVersion } from '../../src/stomp/index.js';

/** A frame in plain values, as `toEqual` compares them best. */
export interface PlainFrame {
  readonly command: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const plain = (frame: StompFrame): PlainFrame => ({
  command: frame.command,
  headers: frame.headers,
  body: frame.body.toString('latin1'),
});

export interface Decoded {
  /** In the order in which they came. */
  readonly events: readonly (PlainFrame | 'heartbeat')[];
  readonly frames: readonly StompFrame[];
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly midFrame: boolean;
}

export interface DecodeOptions {
  readonly version?: StompVersion;
  readonly limits?: Partial<DecoderLimits>;
}

/** Feeds the chunks to a new decoder and tells all that came out. */
export const decodeAll = (chunks: readonly Uint8Array[], options: DecodeOptions = {}): Decoded => {
  const events: (PlainFrame | 'heartbeat')[] = [];
  const frames: StompFrame[] = [];
  const decoder = new StompDecoder(
    {
      frame: (frame) => {
        frames.push(frame);
        events.push(plain(frame));
      },
      heartbeat: () => {
        events.push('heartbeat');
      },
    },
    options.limits,
  );
  if (options.version !== undefined) decoder.setVersion(options.version);
  let error: Decoded['error'] = null;
  for (const chunk of chunks) {
    try {
      decoder.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof ChatError)) throw thrown;
      error = { code: thrown.code, detail: thrown.message };
    }
  }
  return { events, frames, error, midFrame: decoder.midFrame };
};

export const decodeText = (text: string, options: DecodeOptions = {}): Decoded =>
  decodeAll([Buffer.from(text)], options);

/** Cuts at the given places; places outside and repeated ones are harmless. */
export const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = [...places].map((p) => p % (bytes.length + 1)).sort((a, b) => a - b);
  const bounds = [0, ...sorted, bytes.length];
  return bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
};

export const byteByByte = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
