export const adapter = () => Date.now();
