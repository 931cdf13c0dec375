/** What a starter and its guard say to one another: JSON, one message a line. */

/** How a server is started. */
export interface ServerCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Where stderr goes: into the log, with stdout, or to the starter's own. */
  readonly stderr: 'log' | 'inherit';
}

/** How a program ended: one of them is not null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type ToGuard =
  | { readonly op: 'start'; readonly name: string; readonly command: ServerCommand }
  | { readonly op: 'signal'; readonly name: string; readonly signal: NodeJS.Signals };

export type FromGuard =
  | { readonly event: 'ready'; readonly folder: string }
  | { readonly event: 'started'; readonly name: string; readonly pid: number }
  | { readonly event: 'failed'; readonly name: string; readonly message: string }
  | { readonly event: 'exited'; readonly name: string; readonly exit: Exit };
