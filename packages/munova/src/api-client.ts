/** A small client of the REST interface for the commands of this package. */
import { isErrorCode, type ErrorCode } from '@munova/contracts';

/** An answer that is not a success. */
class ApiError extends Error {
  readonly status: number;
  readonly code: ErrorCode | 'unreadable';
  constructor(status: number, code: ErrorCode | 'unreadable', message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

export interface ApiCall {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

const CALL_TIMEOUT_MS = 15_000;

export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base.replace(/\/+$/, '');
    this.#token = token;
  }

  /** `data` of a successful answer. @throws {ApiError}; another error where no server answers */
  async call<T>(method: string, path: string, { body, idempotencyKey }: ApiCall = {}): Promise<T> {
    const response = await this.#fetch(path, {
      method,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { code: string; message: string; data: T };
    if (response.ok) return answer.data;
    throw new ApiError(response.status, isErrorCode(answer.code) ? answer.code : 'unreadable', answer.message);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, init);
    } catch (cause) {
      throw new Error(`no server answers at ${this.#base}`, { cause });
    }
  }
}
