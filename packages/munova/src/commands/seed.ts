import { readConfig } from '../config.js';
import { findJwtSecret } from '../secrets.js';
import { serverUrl } from '../server-address.js';
import { seedShop } from '../seed/seed.js';

export interface SeedCommandOptions {
  readonly url?: string;
  readonly dataDir?: string;
}

/** Loads the sample shop into the running server. */
export const seed = async (options: SeedCommandOptions): Promise<void> => {
  const config = readConfig({ dataDir: options.dataDir });
  const { shoes, groups, inquiries, messages } = await seedShop(serverUrl(config, options.url), findJwtSecret(config));
  process.stdout.write(
    `seeded ${String(shoes)} shoes, ${String(groups)} groups, ${String(inquiries)} inquiries, ${String(messages)} messages\n`,
  );
};
