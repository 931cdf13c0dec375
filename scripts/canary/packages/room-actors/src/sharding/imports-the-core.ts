// boundary: sharding-imports-only-sharding
import { fine } from '../core/reaches-for-the-world.js';
export const used = [fine, Date]; // lint: no-restricted-globals
