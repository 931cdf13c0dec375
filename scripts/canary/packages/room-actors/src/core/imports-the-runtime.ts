// boundary: core-imports-only-core
import type { Mailbox } from '../runtime/imports-an-adapter.js';
export type Used = Mailbox;
