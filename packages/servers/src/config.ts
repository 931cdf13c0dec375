/** What this package takes from the environment, read here and nowhere else. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where servers are looked for and put. */
export interface Places {
  /** The value of a `MUNOVA_…` variable that names a server; undefined or empty where it is not set. */
  readonly variable: (name: string) => string | undefined;
  /** The folders of PATH. */
  readonly path: readonly string[];
  /** Where fetched servers are kept, one folder for each version. */
  readonly cache: string;
  /** Told, in one line, what is being fetched. */
  readonly say: (line: string) => void;
}

/** The places of this process. */
export const placesOfThisProcess = (): Places => ({
  variable: (name) => process.env[name],
  path: (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  cache: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'munova', 'servers'),
  say: (line) => void process.stderr.write(`munova: ${line}\n`),
});

/** The environment of this process with `more` in it. */
export const environmentWith = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
});
