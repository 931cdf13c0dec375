export const dice = () => Math.random(); // lint: no-restricted-properties
