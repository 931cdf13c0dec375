/** Thrown for an envelope of a version that this process cannot read; it is left where it is. */
export class WireVersionError extends Error {
  readonly version: number;
  constructor(version: number) {
    super(`envelope version ${String(version)} is newer than this process reads`);
    this.name = 'WireVersionError';
    this.version = version;
  }
}

/** Thrown for bytes that are no envelope of ours; such an entry is set aside with an alert. */
export class WireFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireFormatError';
  }
}

/** Parses JSON that carries `v`, and checks the version and the outline of the shape. */
export const decodeVersioned = <T>(
  text: string,
  current: number,
  outline: (o: Record<string, unknown>) => boolean,
): T => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireFormatError(`not JSON: ${(cause as Error).message}`);
  }
  if (typeof value !== 'object' || value === null) throw new WireFormatError('not an object');
  const o = value as Record<string, unknown>;
  if (typeof o['v'] !== 'number') throw new WireFormatError('no version');
  if (o['v'] > current) throw new WireVersionError(o['v']);
  if (o['v'] < current - 1 || !outline(o)) throw new WireFormatError('not the shape of this version');
  return value as T;
};
