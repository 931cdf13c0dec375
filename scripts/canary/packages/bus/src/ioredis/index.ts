export const opened = performance.now();
