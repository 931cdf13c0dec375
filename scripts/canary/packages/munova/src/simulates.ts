// boundary: nobody-imports-the-simulator
import { simulated } from '../../simulator/src/index.js';
export const used = simulated;
