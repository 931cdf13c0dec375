/**
 * Makes a process of the product wrong: `node --import …/mutate.js?mutant=NAME`, before anything of it is imported.
 * Says on stderr, as a log line, each module that it changed; which ones a process loads depends on its role.
 */
import { mutantNamed } from './mutants.js';
import { checkPatches, installPatches } from './patches.js';

const name = new URL(import.meta.url).searchParams.get('mutant') ?? '';
const mutant = mutantNamed(name);
if (mutant === null) throw new Error(`there is no mutant ${name}`);
checkPatches(name, mutant.patches);
installPatches(name, mutant.patches, (file) => {
  process.stderr.write(
    `${JSON.stringify({ level: 40, mutant: name, file, msg: 'this process is wrong on purpose' })}\n`,
  );
});
