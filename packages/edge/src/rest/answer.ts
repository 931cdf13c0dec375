import { errorSpec } from '@munova/contracts';
import type { ChatError, ErrorCode } from '@munova/contracts';

/** What every call answers, successful or not. */
export interface Wrapper {
  readonly statusCode: number;
  readonly code: 'success' | ErrorCode;
  readonly message: string;
  readonly data: unknown;
}

/** What a handler gives back; the interceptor puts it into the wrapper. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer outside the wrapper: a document or a page. */
export interface RawAnswer {
  readonly raw: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (data: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  data,
  headers,
});
export const created = (data: unknown): Answer => ({ status: 201, data });

export type Language = 'en' | 'ko';

/** Korean where `Accept-Language` ranks it above English, else English (RFC 9110 §12.5.4). */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  const ranks = { en: 0, ko: 0 };
  for (const range of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = parameters.find((p) => p.startsWith('q='));
    const rank = quality === undefined ? 1 : Number(quality.slice(2));
    const language = tag.split('-')[0];
    if ((language === 'en' || language === 'ko') && rank > ranks[language]) ranks[language] = rank;
  }
  return ranks.ko > ranks.en ? 'ko' : 'en';
};

export const success = (statusCode: number, data: unknown, language: Language): Wrapper => ({
  statusCode,
  code: 'success',
  message: language === 'ko' ? '성공' : 'OK',
  data,
});

export const failure = (error: ChatError, language: Language): Wrapper => {
  const spec = errorSpec(error.code);
  return {
    statusCode: spec.http,
    code: error.code,
    message: language === 'ko' ? inKorean(error) : error.message,
    data: Object.keys(error.facts).length === 0 ? null : error.facts,
  };
};

/** The registry's sentence, with the detail behind it where there is one. */
const inKorean = (error: ChatError): string => {
  const { ko, en } = errorSpec(error.code);
  return error.message === en ? ko : `${ko} (${error.message})`;
};
