export const stamp = () => Date.now(); // lint: no-restricted-globals
