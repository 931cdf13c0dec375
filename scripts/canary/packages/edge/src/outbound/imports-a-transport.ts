// boundary: no-adapter-in-restricted-folders
import { transport } from '../transports/transport.js'; // lint: no-restricted-imports
export const used = transport;
