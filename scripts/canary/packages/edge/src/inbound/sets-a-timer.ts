export const later = (work: () => void) => setTimeout(work, 1); // lint: no-restricted-globals
