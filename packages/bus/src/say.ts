import type { RedisCommands } from './commands.js';
import { unavailable } from './failures.js';

/** Publishes to whoever listens. @throws {ChatError} `unavailable`: perhaps nobody heard it. */
export const say = async (
  commands: Pick<RedisCommands, 'spublish'>,
  what: string,
  channel: string,
  message: string,
): Promise<void> => {
  try {
    await commands.spublish(channel, message);
  } catch (error) {
    throw unavailable(what, error);
  }
};
