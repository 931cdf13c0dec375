/** REST as a storefront calls it. */
export interface RestAnswer<T> {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly data: T;
}

export interface RestOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export const rest = async <T = unknown>(
  base: string,
  method: string,
  path: string,
  { token, body, idempotencyKey }: RestOptions = {},
): Promise<RestAnswer<T>> => {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Omit<RestAnswer<T>, 'status'>;
  return { status: response.status, code: answer.code, message: answer.message, data: answer.data };
};

/** @throws where the answer is not a success */
export const restData = async <T>(...call: Parameters<typeof rest>): Promise<T> => {
  const answer = await rest<T>(...call);
  if (answer.status >= 400)
    throw new Error(`${call[1]} ${call[2]}: ${String(answer.status)} ${answer.code} ${answer.message}`);
  return answer.data;
};
