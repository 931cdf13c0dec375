// boundary: no-test-code-in-source
import { helper } from '../test/helper.js';
export const used = helper;
