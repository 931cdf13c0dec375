/** What load tests take from the product beside its command line. */
export { readConfig } from './config.js';
export { type HostLimits, hostShortfalls, readHostLimits } from './host-limits.js';
