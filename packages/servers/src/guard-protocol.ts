/** What a starter and its guard say to one another: JSON, one message a line. */

/** How a server is started. */
export interface ServerCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
}

export type ToGuard =
  | { readonly op: 'start'; readonly name: string; readonly command: ServerCommand }
  | { readonly op: 'signal'; readonly name: string; readonly signal: NodeJS.Signals };

export type FromGuard =
  | { readonly event: 'ready'; readonly folder: string }
  | { readonly event: 'started'; readonly name: string; readonly pid: number }
  | { readonly event: 'failed'; readonly name: string; readonly message: string }
  | { readonly event: 'exited'; readonly name: string };
