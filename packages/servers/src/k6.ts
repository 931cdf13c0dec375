import { type Places, placesOfThisProcess } from './config.js';
import { type Binary, find } from './find/find.js';
import { k6Recipe } from './find/k6.js';

/**
 * The load generator k6, found and fetched as the servers are.
 *
 * @throws {ServerNotFound} saying where it was looked for and how to get it
 */
export const findK6 = (places: Places = placesOfThisProcess()): Promise<Binary> => find(k6Recipe, places);
