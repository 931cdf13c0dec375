/** What a persona needs of a STOMP client, whichever library or bytes are beneath it. */

export type Headers = Readonly<Record<string, string>>;

export interface LinkEvents {
  message(headers: Headers, body: string): void;
  receipt(headers: Headers): void;
  /** An ERROR frame. */
  error(headers: Headers): void;
  /** Once, however the connection ended. */
  closed(): void;
}

export interface Link {
  subscribe(headers: Headers): void;
  send(headers: Headers, body: string): void;
  /** Drops the socket without a word, as a phone in a tunnel. */
  drop(): void;
}

export interface LinkTarget {
  readonly ws: string;
  readonly tcpHost: string;
  readonly tcpPort: number;
}

/** Resolves once CONNECTED. @throws where the connection was refused or lost before that */
export type OpenLink = (target: LinkTarget, token: string, events: LinkEvents) => Promise<Link>;

export const CONNECT_TIMEOUT_MS = 10_000;
